using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>Result of <see cref="LocateJob"/>: where questions about a job's state go.</summary>
/// <param name="Tasks">By partition index; each key group is some one's.</param>
internal sealed record LocatedJob(
    string Name,
    string Operator,
    string Stage,
    TopicRoute Topic,
    IReadOnlyList<LocatedTask> Tasks)
{
    /// <summary>Who answers for a key: while a partition is being replaced, the tasks of the old ones, until those of
    /// the new ones have started. Of a topic that does not keep a key's events together, or does not say where, every
    /// task may hold a part of its state.</summary>
    public IReadOnlyList<LocatedTask> TasksOf(ReadOnlySpan<byte> key)
    {
        int group = Topic.Partitioner.GroupOfKey(key);
        foreach (LocatedTask task in group < 0 ? [] : Tasks)
        {
            if (task.Share?.Contains(key) ?? task.KeyGroups.Contains(group))
            {
                return [task];
            }
        }

        return Tasks;
    }
}
