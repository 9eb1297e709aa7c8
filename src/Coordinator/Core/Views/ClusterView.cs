using System.Collections.Immutable;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Events;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Views;

/// <summary>An immutable picture of the cluster, true as of the frame that was open when it was taken.</summary>
/// <param name="UnsafeReasons">Why no worker may be taken away now; empty: one may.</param>
/// <param name="EventCount">Events stored since the cluster began.</param>
/// <param name="TrimmedPosition">Events below this journal position are given up.</param>
/// <param name="Workers">By name.</param>
/// <param name="Topics">By name.</param>
/// <param name="Jobs">By name.</param>
/// <param name="Assignments">By job, stage and partition index.</param>
/// <param name="Events">Oldest first; only the newest are kept.</param>
internal sealed record ClusterView(
    string Name,
    ulong Revision,
    ulong Incarnation,
    long StartUnixMs,
    long AsOfUnixMs,
    IReadOnlyList<string> UnsafeReasons,
    ulong EventCount,
    ulong TrimmedPosition,
    ImmutableArray<WorkerView> Workers,
    ImmutableArray<TopicView> Topics,
    ImmutableArray<JobView> Jobs,
    ImmutableArray<AssignmentView> Assignments,
    IReadOnlyList<ClusterEvent> Events)
{
    /// <summary>How many incidents are not resolved.</summary>
    public required int UnresolvedIncidents { get; init; }

    /// <summary>One worker may be taken away without leaving a task without an owner.</summary>
    public bool SafeToRemoveWorker => UnsafeReasons.Count == 0;
}

/// <param name="Partitions">By index, sealed ones too.</param>
/// <param name="Partitioner">How events find their partitions.</param>
/// <param name="Directory">Null: it has none.</param>
/// <param name="MapRevision">Revision of the last change of the partitions; 0: they are as they were made.</param>
internal sealed record TopicView(
    TopicId Id,
    string Name,
    int KeyGroupCount,
    long RetentionMs,
    ulong EventCount,
    long CreateUnixMs,
    ImmutableArray<PartitionView> Partitions,
    Partitioner Partitioner,
    DirectoryView? Directory,
    ulong MapRevision);

/// <param name="IsClosed">Keys that are not in it go by their hash.</param>
internal sealed record DirectoryView(int KeyCount, bool IsClosed);
