using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core;

/// <summary>Everything that the machine can be told, except batches of events (see Admit).</summary>
internal abstract record Input;

/// <summary>First input of a coordinator's life, after recovery and before anything else.</summary>
/// <param name="Incarnation">Minted durably before; higher than any in the journal.</param>
/// <param name="ClusterName">Used only when the journal has none yet.</param>
internal sealed record StartCoordinator(ulong Incarnation, string ClusterName) : Input;

/// <summary>Time has passed. About every 50 ms.</summary>
internal sealed record Tick : Input;

/// <summary>A worker opened a control stream. Session numbers rise; a newer session of a worker replaces the older
/// one.</summary>
/// <param name="ReceivedPosition">The highest journal position of any block that came to it since its last welcome; 0:
/// none.</param>
internal sealed record WorkerHello(
    string Worker,
    ulong Incarnation,
    ulong Session,
    WorkerFacts Facts,
    IReadOnlyList<HeldTask> Held,
    ulong ReceivedPosition = 0) : Input;

internal sealed record WorkerHeartbeat(string Worker, ulong Session, ulong Sequence, WorkerLoad Load) : Input;

/// <summary>Something came on a worker's data stream, which is another connection than its heartbeats'.</summary>
internal sealed record WorkerHeard(string Worker, ulong Session) : Input;

/// <summary>A control stream ended without a goodbye.</summary>
internal sealed record SessionBroken(string Worker, ulong Session) : Input;

/// <summary>What the spy or the supervisor beside a worker's process sees; several times a second.</summary>
/// <param name="Of">The life of the worker that it watches.</param>
/// <param name="Watch">The stream that it says so on.</param>
/// <param name="ExitCode">128 and the signal's number for a signal; null: not known, or it has not ended.</param>
internal sealed record ProcessSeen(TaskOwner Of, ulong Watch, ProcessState State, int? ExitCode) : Input;

/// <summary>The stream of a spy has ended.</summary>
internal sealed record WatchEnded(TaskOwner Of, ulong Watch) : Input;

internal sealed record WorkerGoodbye(string Worker, ulong Session, string Reason) : Input;

internal sealed record TaskProgressed(string Worker, ulong Session, IReadOnlyList<TaskProgress> Tasks) : Input;

/// <summary>A commit with the evidence that the shell has gathered for it.</summary>
/// <param name="SnapshotSynced">The named snapshot is of this task and position, whole, and it and its directory entry
/// are synced.</param>
/// <param name="Base">Id of the snapshot that the named one is on top of; null: it is whole.</param>
/// <param name="Audit">What the journal itself says of the partition at that position; null: no frame ends there with
/// events of the partition (then the point must equal the current one).</param>
internal sealed record CommitRequested(
    string Worker,
    ulong Session,
    ulong CommitId,
    TaskId Task,
    Epoch Epoch,
    RestorePoint Point,
    IReadOnlyList<TopicSequence> Outputs,
    bool SnapshotSynced,
    PartitionAudit? Audit,
    string? Base = null) : Input;

internal sealed record OpenProducer(long Call, string ProducerId, bool Reset) : Input;

/// <param name="Partitioning">Null: the default. Well-formed: the members of its kind are there.</param>
internal sealed record CreateTopic(
    long Call,
    string Name,
    int PartitionCount,
    int KeyGroupCount,
    long RetentionMs,
    Request? Request,
    bool ValidateOnly,
    PartitioningSpec? Partitioning = null) : Input;

/// <summary>Puts two partitions in the place of one.</summary>
/// <param name="AtKeyGroup">The first key group of the upper one; 0: the middle.</param>
/// <param name="Change">What both kinds of change have.</param>
internal sealed record SplitPartition(long Call, string Topic, int Index, int AtKeyGroup, MapChange Change) : Input
{
    /// <summary>Of a topic by ranges of keys: where the upper one starts; empty: not said.</summary>
    public byte[] AtKey { get; init; } = [];

    /// <summary>Of a topic with a directory of keys: those of the second one; empty: about half.</summary>
    public IReadOnlyList<byte[]> Keys { get; init; } = [];
}

/// <summary>Puts one partition in the place of two.</summary>
internal sealed record MergePartitions(long Call, string Topic, int Index, int Other, MapChange Change) : Input;

/// <param name="MapRevision">The topic's partitions must be those of this revision; null: whatever they are.</param>
internal sealed record MapChange(ulong? MapRevision, Request? Request, bool ValidateOnly);

/// <param name="Standbys">Warm copies to be kept of each task.</param>
internal sealed record DeployJob(
    long Call,
    string Name,
    string Operator,
    string SourceTopic,
    Request? Request,
    bool ValidateOnly,
    int Standbys = 0,
    BadEventRule? BadEvents = null) : Input;

/// <summary>Asks for another number of warm copies of each task. Result: <see cref="DeployedJob"/>.</summary>
internal sealed record UpdateJob(long Call, string Name, int Standbys, Request? Request, bool ValidateOnly) : Input;

/// <summary>Asks for an immutable view of everything, true as of the frame that is open now. Result:
/// ClusterView.</summary>
internal sealed record Inspect(long Call) : Input;

/// <summary>Asks for the events raised after a revision, oldest first. Result: <see cref="EventsSince"/>.</summary>
internal sealed record InspectEvents(long Call, ulong AfterRevision) : Input;

/// <summary>Asks who runs a job's tasks now; much cheaper than a whole view. Result: LocatedJob.</summary>
internal sealed record LocateJob(long Call, string Job) : Input;

/// <summary>Asks for the partitions of some keys of a topic. Result: <see cref="LocatedKeys"/>.</summary>
internal sealed record LocateKeys(long Call, string Topic, IReadOnlyList<byte[]> Keys) : Input;

/// <summary>Asks to give up what nobody needs any more. Now and then, and when space is short.</summary>
/// <param name="Below">Nothing at or above goes: the durable end, or the older control snapshot if that is
/// lower.</param>
internal sealed record ReclaimJournal(ulong Below) : Input;

internal sealed record WorkerFacts(
    string Sdk,
    int MaxAssignments,
    IReadOnlyList<string> Operators,
    IReadOnlyDictionary<string, string> Labels);

internal sealed record HeldTask(TaskId Task, Epoch Epoch, ulong Position);

/// <param name="Cpu">Share of the machine's processor time, 0 to 1.</param>
internal sealed record WorkerLoad(
    double Cpu,
    ulong MemoryBytes,
    ulong MemoryLimitBytes,
    TimeSpan GcPauseTotal,
    TimeSpan ThreadPoolDelay,
    TimeSpan TickLateness);

internal sealed record TaskProgress(
    TaskId Task,
    Epoch Epoch,
    TaskRunState State,
    ulong Position,
    ulong NextOffset,
    ulong StateBytes,
    ulong FirstEventUs,
    ulong BusyUs = 0);

internal enum TaskRunState
{
    Restoring = 1,
    Running = 2,
    Paused = 3,

    /// <summary>A copy that follows the owner.</summary>
    Warm = 4,
}

/// <summary>Count and hash-sum of a partition's entries up to a frame's end, as the journal's directory has
/// them.</summary>
internal sealed record PartitionAudit(ulong NextOffset, ulong HashSum);
