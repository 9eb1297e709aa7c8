namespace Millrace.Coordinator.Core.Placement;

/// <summary>One life of a worker as the owner of tasks.</summary>
internal readonly record struct TaskOwner(string Worker, ulong Incarnation) : IComparable<TaskOwner>
{
    /// <summary>The owner of tasks that nobody owns.</summary>
    public static TaskOwner Nobody { get; } = new("", 0);

    public int CompareTo(TaskOwner other)
    {
        int byName = string.CompareOrdinal(Worker, other.Worker);
        return byName != 0 ? byName : Incarnation.CompareTo(other.Incarnation);
    }
}
