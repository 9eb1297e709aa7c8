using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>A task whose work others have taken over. Its last snapshots and what led to them are kept until each of
/// its successors has a commit of its own.</summary>
/// <param name="Position">The older of the points that it could be restored from.</param>
/// <param name="Snapshots">Newest first.</param>
/// <param name="Successors">Those without a commit; never empty.</param>
internal sealed record RetiredTask(
    TaskId Id,
    JobId Job,
    PartitionId Partition,
    ulong Position,
    IReadOnlyList<string> Snapshots,
    SortedSet<ulong> Successors);
