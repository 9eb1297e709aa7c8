using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Recovery;

/// <summary>
/// All durable control state as plain values. Everything in order, so that equal states give equal bytes.
/// Replay goes on with the first frame at or after <paramref name="Position"/>.
/// </summary>
internal sealed record ControlSnapshot(
    ulong Position,
    ulong Revision,
    ClusterDto Cluster,
    ProducersDto Producers,
    TopicsDto Topics,
    IReadOnlyList<PartitionDto> Partitions,
    JobsDto Jobs,
    AssignmentsDto Assignments,
    IReadOnlyList<Requests.AnsweredRequest> Requests,
    IReadOnlyList<Events.ClusterEvent> Events,
    MarksDto Marks,
    IReadOnlyList<Membership.WorkerOrder>? Duties = null,
    Operations.OperationsDto? Operations = null,
    IReadOnlyList<DirectoryDto>? Directories = null,
    Placement.Balancing.RebalanceDto? Rebalancing = null,
    DeadLetters.DeadLettersDto? DeadLetters = null,
    Incidents.IncidentsDto? Incidents = null);

internal sealed record ClusterDto(string Name, long CreatedUnixMs, ulong Incarnation, long StartedUnixMs);

internal sealed record ProducersDto(
    ulong LastNumber,
    IReadOnlyList<ProducerDto> Live,
    IReadOnlyList<string> Expired);

internal sealed record ProducerDto(
    string Id,
    ulong Number,
    ulong Epoch,
    long ActiveUnixMs,
    IReadOnlyList<SequenceDto> Topics);

internal sealed record SequenceDto(uint Topic, ulong Last);

internal sealed record TopicsDto(
    ulong RoutingRevision,
    uint LastTopic,
    uint LastPartition,
    IReadOnlyList<TopicDto> Topics);

internal sealed record TopicDto(
    uint Id,
    string Name,
    int KeyGroupCount,
    IReadOnlyList<uint> Partitions,
    long RetentionMs,
    long CreatedUnixMs,
    PartitioningSpec? Partitioning = null,
    IReadOnlyList<ShapeDto>? Shapes = null,
    ulong MapRevision = 0,
    long FirstLive = 0,
    ulong ForgottenEvents = 0);

internal sealed record DirectoryDto(
    uint Topic,
    bool Closed,
    IReadOnlyList<byte[]> Keys,
    IReadOnlyList<uint> Partitions,
    IReadOnlyList<HashRangeDto>? Others = null);

/// <summary>Keys that a closed directory does not know, from this hash up to the next one's.</summary>
internal sealed record HashRangeDto(ulong FirstHash, uint Partition);

internal sealed record PartitionDto(
    uint Id,
    ulong NextOffset,
    ulong HashSum,
    ulong LastDataEnd,
    ulong FirstOffset,
    ulong FirstHashSum,
    ulong MarkedOffset);

internal sealed record JobsDto(uint LastJob, IReadOnlyList<JobDto> Jobs);

internal sealed record JobDto(
    uint Id,
    string Name,
    string Operator,
    string Stage,
    uint Topic,
    IReadOnlyList<ulong> Tasks,
    long CreatedUnixMs,
    int Standbys = 0,
    DeadLetters.BadEventRule? BadEvents = null);

internal sealed record AssignmentsDto(
    ulong LastTask,
    ulong LastEpoch,
    IReadOnlyList<TaskDto> Tasks,
    IReadOnlyList<RetiredDto>? Retired = null);

/// <param name="Transfer">As earlier programs wrote the one copy that there could be; now in
/// <paramref name="Copies"/>.</param>
internal sealed record TaskDto(
    ulong Id,
    uint Job,
    uint Partition,
    int Index,
    RestorePoint Start,
    ulong Epoch,
    string Worker,
    ulong WorkerIncarnation,
    string PreviousWorker,
    int Reason,
    long ReasonUnixMs,
    CommitDto? Newest,
    CommitDto? Previous,
    Placement.TaskPin? Pin = null,
    Placement.WarmCopyDto? Transfer = null,
    IReadOnlyList<OriginDto>? Origins = null,
    IReadOnlyList<Placement.WarmCopyDto>? Copies = null);

internal sealed record OriginDto(string SnapshotId, int FirstGroup, int EndGroup, KeyShare? Share = null)
{
    public static OriginDto Of(StateOrigin origin) =>
        new(origin.SnapshotId, origin.KeyGroups.First, origin.KeyGroups.End, origin.Share);

    public StateOrigin ToOrigin() => new(SnapshotId, new KeyGroupRange(FirstGroup, EndGroup), Share);
}

/// <summary>A task whose work others have taken over, of which some have no commit of their own yet.</summary>
internal sealed record RetiredDto(
    ulong Id,
    uint Job,
    uint Partition,
    ulong Position,
    IReadOnlyList<string> Snapshots,
    IReadOnlyList<ulong> Successors);

internal sealed record MarksDto(ulong Trimmed, IReadOnlyList<MarkDto> Marks);

internal sealed record MarkDto(ulong Position, long UnixMs, IReadOnlyList<Retention.PartitionBase> Changed);
