using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core;

/// <summary>
/// What the loop is to do. Records go to the open frame in the order given. Everything that tells the outside waits
/// until all records so far are durable, unless it says that it does not depend on state.
/// </summary>
internal abstract record Effect;

/// <summary>Append to the open frame. The machine has applied it already.</summary>
internal sealed record AppendRecord(ControlRecord Record) : Effect;

/// <summary>Answers a call; the result's type is the one that the input documents, or <see cref="Refusal"/>.</summary>
internal sealed record Reply(long Call, object Result) : Effect;

/// <summary>Tells a worker something on its control stream.</summary>
internal sealed record Tell(string Worker, ulong Session, ToWorker Message) : Effect;

/// <summary>Ends a control stream.</summary>
internal sealed record EndSession(string Worker, ulong Session, Refusal Why) : Effect;

/// <summary>Answers a heartbeat at once: depends on no state, so it does not wait for the disk.</summary>
internal sealed record AnswerHeartbeat(string Worker, ulong Session, ulong Sequence) : Effect;

/// <summary>Publishes the routing of topics to ingest, dispatch and reads.</summary>
internal sealed record PublishRouting(Topics.Routing Routing) : Effect;

/// <summary>These snapshots of a task are still needed; older ones of it may be deleted.</summary>
internal sealed record KeepSnapshots(TaskId Task, IReadOnlyList<string> SnapshotIds) : Effect;

/// <summary>Nobody will ever want a snapshot of this task again.</summary>
internal sealed record DropSnapshots(TaskId Task) : Effect;

/// <summary>A former owner must not be sent blocks any more.</summary>
internal sealed record StopDispatch(TaskId Task, Epoch BelowEpoch) : Effect;

/// <summary>A warm copy that is given up must not be sent blocks any more.</summary>
internal sealed record StopCopy(TaskId Task, Epoch Epoch) : Effect;

/// <summary>Nobody needs what is below this position any more: segments wholly below it may go.</summary>
internal sealed record TrimJournal(ulong Below) : Effect;

/// <summary>Write control snapshots, whether they are due or not, until both that are kept are of positions above this
/// one.</summary>
internal sealed record WantControlSnapshots(ulong Above) : Effect;

internal abstract record ToWorker;

internal sealed record Welcome(
    ulong Incarnation,
    TimeSpan Lease,
    TimeSpan HeartbeatInterval,
    TimeSpan CheckpointInterval) : ToWorker;

/// <param name="Confirmed">The worker holds it under this epoch already and goes on with the state that it
/// has.</param>
/// <param name="Warm">Only a copy, which follows the owner until it takes over under this epoch.</param>
/// <param name="Standby">Of a copy: it waits for the owner's end and needs not report every moment.</param>
internal sealed record Assign(
    TaskId Task,
    Epoch Epoch,
    string Job,
    string Stage,
    string Operator,
    string Topic,
    PartitionId Partition,
    int PartitionIndex,
    KeyGroupRange KeyGroups,
    int KeyGroupCount,
    RestorePoint Restore,
    bool Confirmed,
    KeyFunction KeyFunction = KeyFunction.Xxh64,
    bool Warm = false,
    bool Standby = false) : ToWorker
{
    /// <summary>The state that goes with <see cref="Restore"/> or <see cref="Older"/> when it names no
    /// snapshot.</summary>
    public IReadOnlyList<StateOrigin> Origins { get; init; } = [];

    /// <summary>For a <see cref="Restore"/> whose snapshot turns out to be unreadable; null: there is none.</summary>
    public RestorePoint? Older { get; init; }

    /// <summary>Verdicts on events from the earlier of these points on.</summary>
    public VerdictList Verdicts { get; init; } = VerdictList.None;

    /// <summary>Events are to be applied by leave.</summary>
    public bool Careful { get; init; }

    /// <summary>Where the task ends; null: its partition is open.</summary>
    public TaskEnd? End { get; init; }
}

/// <summary>Nothing comes after this: commit there at once.</summary>
/// <param name="Position">No frame that ends above it holds events of the partition.</param>
/// <param name="NextOffset">The count of all events of the partition.</param>
internal sealed record TaskEnd(ulong Position, ulong NextOffset);

/// <summary>The task's partition has been sealed.</summary>
internal sealed record FinishTask(TaskId Task, Epoch Epoch, TaskEnd End) : ToWorker;

/// <summary>What is to become of events that the task cannot apply.</summary>
internal sealed record GiveVerdicts(TaskId Task, Epoch Epoch, VerdictList List) : ToWorker;

/// <summary>Store a snapshot and commit, also when nothing is new: the last one is damaged.</summary>
internal sealed record TakeSnapshot(TaskId Task, Epoch Epoch) : ToWorker;

/// <summary>Hand back everything and leave.</summary>
internal sealed record Shutdown(string Reason) : ToWorker;

internal sealed record Revoke(TaskId Task, Epoch Epoch, string Reason) : ToWorker;

internal sealed record Fenced(TaskId Task, Epoch Epoch, string Reason) : ToWorker;

/// <param name="Reason">A stable UPPER_SNAKE word; empty when accepted.</param>
internal sealed record CommitAnswer(ulong CommitId, TaskId Task, Epoch Epoch, bool Accepted, string Reason) : ToWorker;

/// <summary>Result of <see cref="OpenProducer"/>.</summary>
internal sealed record OpenedProducer(
    string ProducerId,
    ulong Number,
    ulong Epoch,
    IReadOnlyList<(string Topic, ulong LastSequence)> Topics);

/// <summary>Result of <see cref="CreateTopic"/>.</summary>
internal sealed record CreatedTopic(string Name);

/// <summary>Result of <see cref="SplitPartition"/> and <see cref="MergePartitions"/>.</summary>
/// <param name="Opened">Indices of the new partitions, in the order of their key groups.</param>
internal sealed record ReplacedPartitions(string Topic, IReadOnlyList<int> Opened)
{
    /// <summary>How the place of a cut was found that was not asked for, for people. Empty also for a repeated
    /// request.</summary>
    public string Basis { get; init; } = "";

    /// <summary>The indices as text, by which a repeated request finds its answer.</summary>
    public static string NameOf(PartitionsReplaced replaced) =>
        string.Join(' ', replaced.Opened.Select(o => o.Index));

    public static IReadOnlyList<int> Parse(string name) => [.. name.Split(' ').Select(int.Parse)];
}

/// <summary>Result of <see cref="DeployJob"/> and <see cref="UpdateJob"/>.</summary>
internal sealed record DeployedJob(string Name);

/// <summary>Result of <see cref="LocateKeys"/>: the index of each key's partition; -1: it has none of its own, or
/// not yet.</summary>
internal sealed record LocatedKeys(IReadOnlyList<int> Partitions);

/// <summary>Result of <see cref="InspectEvents"/>, oldest first.</summary>
internal sealed record EventsSince(IReadOnlyList<Events.ClusterEvent> Events);
