using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core;

/// <summary>
/// One durable decision. Control state is nothing but the fold of these records, of the frames' producer ranges and of
/// their partition directories, in journal order; live operation and replay go through the same Apply.
/// </summary>
internal abstract record ControlRecord;

/// <summary>First record of a cluster.</summary>
internal sealed record ClusterCreated(string Name, long UnixMs) : ControlRecord;

/// <summary>One life of the coordinator begins; incarnations never fall along the journal.</summary>
internal sealed record CoordinatorStarted(ulong Incarnation, long UnixMs) : ControlRecord;

/// <summary>Epochs up to this one may be in use although the journal does not know them: it is an older copy.</summary>
internal sealed record EpochsSkipped(Epoch Last) : ControlRecord;

/// <summary>A producer's next epoch; <paramref name="Epoch"/> is the journal position of this record.</summary>
/// <param name="Number">The producer's short number, used by ranges; never used again.</param>
/// <param name="Reset">Its sequences start again at 1 (only after expiry, and only when asked for).</param>
internal sealed record ProducerOpened(string ProducerId, ulong Number, ulong Epoch, bool Reset, long UnixMs)
    : ControlRecord;

/// <summary>A producer was silent for too long; its sequences are forgotten, its name is remembered.</summary>
internal sealed record ProducerExpired(ulong Number, long UnixMs) : ControlRecord;

/// <summary>A topic with its partitions, by index; key groups are dealt out in equal contiguous ranges.</summary>
/// <param name="Partitioning">Null: by XXH64, as in journals that do not say.</param>
internal sealed record TopicCreated(
    TopicId Topic,
    string Name,
    int KeyGroupCount,
    IReadOnlyList<PartitionId> Partitions,
    long RetentionMs,
    Request? Request,
    long UnixMs,
    PartitioningSpec? Partitioning = null) : ControlRecord;

/// <summary>Keys that a topic's directory did not know belong to these partitions from this frame on.</summary>
/// <param name="Partitions">One for each key.</param>
internal sealed record KeysPlaced(
    TopicId Topic,
    IReadOnlyList<byte[]> Keys,
    IReadOnlyList<PartitionId> Partitions,
    long UnixMs) : ControlRecord;

/// <summary>From the next frame on the live ranges of a topic by event time begin with this one; what held older ranges
/// than the topic keeps begins anew.</summary>
internal sealed record RangesAdvanced(TopicId Topic, long FirstLive, long UnixMs) : ControlRecord;

/// <summary>A topic's key directory takes no more keys: those that it does not know go by their XXH64 from now
/// on.</summary>
internal sealed record DirectoryClosed(TopicId Topic, long UnixMs) : ControlRecord;

/// <summary>Partitions are sealed and others take over their key groups, at the end of the frame that holds this: its
/// events still go to the sealed ones, and none after it. All such records of one frame take effect at one
/// position.</summary>
internal sealed record PartitionsReplaced(
    TopicId Topic,
    IReadOnlyList<PartitionId> Sealed,
    IReadOnlyList<NewPartition> Opened,
    Request? Request,
    long UnixMs) : ControlRecord;

/// <summary>Sealed partitions are forgotten: nothing that they held is kept, and nobody has to come to their ends any
/// more.</summary>
internal sealed record PartitionsForgotten(TopicId Topic, IReadOnlyList<PartitionId> Partitions, long UnixMs)
    : ControlRecord;

/// <summary>A partition that takes over key groups of others.</summary>
/// <param name="Share">Where keys have no groups: which keys of those that it takes over from; null: all.</param>
internal sealed record NewPartition(
    PartitionId Partition, int Index, KeyGroupRange KeyGroups, KeyShare? Share = null);

/// <summary>A job with one task for each partition that its topic was made with: a sealed one has its say before those
/// that took over from it.</summary>
/// <param name="Standbys">Warm copies to be kept of each task.</param>
/// <param name="BadEvents">Null: a task stops at an event that it cannot apply.</param>
internal sealed record JobDeployed(
    JobId Job,
    string Name,
    string Operator,
    string Stage,
    TopicId Topic,
    IReadOnlyList<NewTask> Tasks,
    Request? Request,
    long UnixMs,
    int Standbys = 0,
    BadEventRule? BadEvents = null) : ControlRecord;

/// <summary>Another number of warm copies is to be kept of each task.</summary>
internal sealed record StandbysChanged(JobId Job, int Standbys, Request? Request, long UnixMs) : ControlRecord;

/// <summary>A task as it was made; <paramref name="Start"/> is the oldest kept event at that time.</summary>
/// <param name="Origins">The state with which it starts; null: none.</param>
internal sealed record NewTask(
    TaskId Task,
    PartitionId Partition,
    int Index,
    RestorePoint Start,
    IReadOnlyList<StateOrigin>? Origins = null);

/// <summary>Tasks have committed exactly at the seal of their partitions; those of the partitions that took over start
/// from there.</summary>
internal sealed record TasksReplaced(
    JobId Job,
    IReadOnlyList<TaskId> Retired,
    IReadOnlyList<NewTask> Tasks,
    long UnixMs) : ControlRecord;

/// <summary>A task changes hands. An empty worker: nobody owns it from now on.</summary>
/// <param name="Operation">The operation that wanted it; 0: none.</param>
internal sealed record TaskAssigned(
    TaskId Task,
    Epoch Epoch,
    string Worker,
    ulong WorkerIncarnation,
    AssignReason Reason,
    long UnixMs,
    ulong Operation = 0) : ControlRecord;

/// <summary>A checkpoint: input position, state and output sequences move together, in this one record.</summary>
/// <param name="Replaces">It takes the place of the commit before, which would be of no use if this one's snapshot were
/// lost: it is of the same position, or its snapshot is needed for this one's. What is fallen back on stays.</param>
internal sealed record TaskCommitted(
    TaskId Task,
    Epoch Epoch,
    ulong CommitId,
    RestorePoint Point,
    IReadOnlyList<TopicSequence> Outputs,
    long UnixMs,
    bool Replaces = false) : ControlRecord;

/// <summary>Events below <paramref name="Position"/> are given up; it is a position that retention has
/// marked.</summary>
internal sealed record JournalTrimmed(ulong Position, long UnixMs) : ControlRecord;

/// <summary>Something an operator would ask about.</summary>
internal sealed record EventRaised(EventLevel Level, string Reason, string Subject, string Message, long UnixMs)
    : ControlRecord;

/// <summary>A client's request id with a hash of what it asked, so that a repeat gets the same answer.</summary>
internal sealed record Request(string Id, ulong Hash);

/// <summary>The last sequence of a topic that a producer or task has come to.</summary>
internal sealed record TopicSequence(TopicId Topic, ulong LastSequence);

internal enum AssignReason
{
    Initial = 1,
    WorkerLost = 2,
    WorkerJoined = 3,
    Drain = 4,
    Restart = 5,
    CommitMismatch = 6,

    /// <summary>An operator moved it.</summary>
    ManualMove = 7,

    /// <summary>It was moved to even out load.</summary>
    Rebalance = 8,

    /// <summary>It was moved to where it is pinned.</summary>
    Pin = 9,

    /// <summary>It was too heavy for its worker and got the one with most headroom.</summary>
    Isolate = 10,

    /// <summary>Its former owner took too long to restore it.</summary>
    RestoreTooSlow = 11,
}

internal enum EventLevel
{
    Info = 1,
    Warn = 2,
    Crit = 3,
}
