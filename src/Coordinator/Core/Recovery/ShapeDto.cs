using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Recovery;

/// <summary>A partition. A snapshot of a program that could not change partitions has none: they are as they
/// were made.</summary>
/// <param name="Index">Null, in a program that forgot no partition: its place in the list.</param>
internal sealed record ShapeDto(
    int FirstGroup,
    int EndGroup,
    ulong OpenedAt,
    ulong SealedAt,
    ulong EndOffset,
    IReadOnlyList<uint> Parents,
    IReadOnlyList<uint> Children,
    KeyShare? Share = null,
    int? Index = null)
{
    public static ShapeDto Of(Partition partition) => new(
        partition.KeyGroups.First,
        partition.KeyGroups.End,
        partition.OpenedAt,
        partition.SealedAt,
        partition.EndOffset,
        [.. partition.Parents.Select(p => p.Value)],
        [.. partition.Children.Select(p => p.Value)],
        partition.Share,
        partition.Index);

    /// <param name="place">In the list.</param>
    public Partition ToPartition(PartitionId id, int place) => new(
        id, Index ?? place, new KeyGroupRange(FirstGroup, EndGroup))
    {
        Share = Share,
        OpenedAt = OpenedAt,
        SealedAt = SealedAt,
        EndOffset = EndOffset,
        Parents = [.. Parents.Select(p => new PartitionId(p))],
        Children = [.. Children.Select(p => new PartitionId(p))],
    };
}
