using Millrace.Common.Model;

namespace Millrace.Coordinator.Core;

/// <summary>Everything that the machine can be told, except batches of events (see Admit).</summary>
internal abstract record Input;

/// <summary>Time has passed. About every 50 ms.</summary>
internal sealed record Tick : Input;

/// <summary>A worker opened a control stream. A newer session of a worker replaces the older one.</summary>
internal sealed record WorkerHello(
    string Worker,
    ulong Incarnation,
    ulong Session,
    WorkerFacts Facts,
    IReadOnlyList<HeldTask> Held) : Input;

internal sealed record WorkerHeartbeat(string Worker, ulong Session, ulong Sequence, WorkerLoad Load) : Input;

/// <summary>A control stream ended without a goodbye.</summary>
internal sealed record SessionBroken(string Worker, ulong Session) : Input;

internal sealed record WorkerGoodbye(string Worker, ulong Session, string Reason) : Input;

internal sealed record TaskProgressed(string Worker, ulong Session, IReadOnlyList<TaskProgress> Tasks) : Input;

/// <summary>A commit with the evidence that the shell has gathered for it.</summary>
/// <param name="SnapshotSynced">The named snapshot is whole, and it and its directory entry are synced.</param>
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
    PartitionAudit? Audit) : Input;

internal sealed record OpenProducer(long Call, string ProducerId, bool Reset) : Input;

internal sealed record CreateTopic(
    long Call,
    string Name,
    int PartitionCount,
    int KeyGroupCount,
    long RetentionMs,
    Request? Request,
    bool ValidateOnly) : Input;

internal sealed record DeployJob(
    long Call,
    string Name,
    string Operator,
    string SourceTopic,
    Request? Request,
    bool ValidateOnly) : Input;

/// <summary>Asks for an immutable view of everything, true as of the frame that is open now.</summary>
internal sealed record Inspect(long Call) : Input;

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
    ulong FirstEventUs);

internal enum TaskRunState
{
    Restoring = 1,
    Running = 2,
    Paused = 3,
}

/// <summary>Count and hash-sum of a partition's entries up to a frame's end, as the journal's directory has them.</summary>
internal sealed record PartitionAudit(ulong NextOffset, ulong HashSum);
