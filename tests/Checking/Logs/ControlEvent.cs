namespace Millrace.Checking.Logs;

/// <summary>A control record as the checkers understand it; kinds that no invariant speaks of are left out.</summary>
public abstract record ControlEvent
{
    /// <summary>Id of the request that it carries out; null: nobody asked for it.</summary>
    public string? Request { get; init; }
}

/// <summary>Of any other kind, with a request.</summary>
public sealed record OtherChange(string Kind) : ControlEvent;

public sealed record CoordinatorBegan(ulong Incarnation) : ControlEvent;

public sealed record ProducerBegan(string Producer, ulong Number, ulong Epoch, bool Reset) : ControlEvent;

public sealed record TopicMade(uint Topic, string Name, IReadOnlyList<uint> Partitions) : ControlEvent
{
    /// <summary>How many key groups it has; 0: not said, or its partitions are not cut by XXH64, and then nothing is
    /// checked that rests on it.</summary>
    public int KeyGroups { get; init; }

    /// <summary>All events of a key go to one open partition.</summary>
    public bool KeepsKeys { get; init; } = true;

    /// <summary>Of ranges of keys: where all but the first start; null: there are none.</summary>
    public IReadOnlyList<byte[]>? SplitPoints { get; init; }
}

/// <summary>At the end of its frame the first partitions end and the others begin.</summary>
public sealed record PartitionsChanged(uint Topic, IReadOnlyList<uint> Sealed, IReadOnlyList<PartitionMade> Opened)
    : ControlEvent;

/// <param name="FirstGroup">Its first key group.</param>
/// <param name="EndGroup">The key group after its last one.</param>
/// <param name="Share">Which keys of those before it; null: its key groups say it.</param>
public sealed record PartitionMade(uint Partition, int FirstGroup, int EndGroup, KeyRule? Share);

/// <summary>The tasks that took over start with what the retired ones counted, each with its own key groups.</summary>
public sealed record TasksChanged(IReadOnlyList<ulong> Retired, IReadOnlyList<TaskMade> Tasks) : ControlEvent;

public sealed record JobMade(string Job, string Operator, IReadOnlyList<TaskMade> Tasks) : ControlEvent;

/// <summary>A task is not to apply an event.</summary>
/// <param name="Parks">Nor later ones of this key; null: only this one.</param>
public sealed record EventPassed(ulong Task, ulong Offset, string? Parks) : ControlEvent;

/// <summary>Tasks apply events of a key again.</summary>
/// <param name="From">From which offset on.</param>
public sealed record KeyFreed(string Key, IReadOnlyList<(ulong Task, ulong Offset)> From) : ControlEvent;

/// <param name="FirstOffset">The job counts events from here on.</param>
public sealed record TaskMade(ulong Task, uint Partition, ulong FirstOffset);

/// <summary>An empty process: nobody owns the task from here on.</summary>
public sealed record TaskGiven(ulong Task, ulong Epoch, string Process) : ControlEvent;

/// <summary>The process may read along under an epoch that is set aside for it; it owns nothing yet.</summary>
public sealed record TaskWarms(ulong Task, ulong Epoch, string Process) : ControlEvent;

/// <summary>What was set aside is void.</summary>
public sealed record TaskCools(ulong Task, ulong Epoch) : ControlEvent;

public sealed record TaskCommit(
    ulong Task,
    ulong Epoch,
    ulong CommitId,
    string SnapshotId,
    ulong Position,
    ulong NextOffset,
    ulong HashSum,
    IReadOnlyList<(uint Topic, ulong LastSequence)> Outputs) : ControlEvent;
