namespace Millrace.Common.Model;

/// <summary>A topic's number; never used again.</summary>
public readonly record struct TopicId(uint Value)
{
    public override string ToString() => $"topic-{Value}";
}

/// <summary>A partition's number, unique in the cluster; never used again.</summary>
public readonly record struct PartitionId(uint Value)
{
    public override string ToString() => $"partition-{Value}";
}

/// <summary>A job's number; never used again.</summary>
public readonly record struct JobId(uint Value)
{
    public override string ToString() => $"job-{Value}";
}

/// <summary>A task's number (one job stage on one partition); never used again.</summary>
public readonly record struct TaskId(ulong Value)
{
    public override string ToString() => $"task-{Value}";
}

/// <summary>Rises whenever ownership of a task changes; higher wins. 0: never owned.</summary>
public readonly record struct Epoch(ulong Value) : IComparable<Epoch>
{
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    public static bool operator <(Epoch a, Epoch b) => a.Value < b.Value;

    public static bool operator >(Epoch a, Epoch b) => a.Value > b.Value;

    public static bool operator <=(Epoch a, Epoch b) => a.Value <= b.Value;

    public static bool operator >=(Epoch a, Epoch b) => a.Value >= b.Value;

    public override string ToString() => $"epoch {Value}";
}
