using System.Collections.Immutable;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>The table by which ingest routes.</summary>
internal static class PartitionMap
{
    /// <summary>The first partitions of a topic: equal contiguous ranges of key groups, without gap or overlap. Of a
    /// topic by ranges of keys each is one range.</summary>
    public static ImmutableArray<Partition> Even(IReadOnlyList<PartitionId> ids, int groups, PartitioningSpec spec) =>
    [
        .. ids.Select((id, index) => new Partition(id, index, KeyGroups.Range(index, ids.Count, groups))
        {
            Share = spec.SplitPoints is { } points
                ? new KeyShare(index == 0 ? null : points[index - 1], index == points.Count ? null : points[index])
                : null,
        }),
    ];

    /// <summary>For each key group the index of the open partition that holds it. Where keys have no groups of their
    /// own: of the open partitions, in the order of their ranges.</summary>
    /// <exception cref="StateException">A key group or key has none, or more than one.</exception>
    public static ImmutableArray<int> Of(IEnumerable<Partition> partitions, int groups, PartitioningSpec spec)
    {
        Partition[] open = [.. partitions.Where(p => p.IsOpen)];
        return spec.Kind switch
        {
            PartitioningKind.RangeByKey => [.. InOrder(open).Select(p => p.Index)],
            PartitioningKind.Key => [.. open.Select(p => p.Index)],
            _ => ByGroup(open, groups),
        };
    }

    /// <summary>Where the ranges of the open partitions start, but for the lowest.</summary>
    public static IReadOnlyList<byte[]> PointsOf(IEnumerable<Partition> partitions) =>
        [.. InOrder(partitions.Where(p => p.IsOpen)).Skip(1).Select(p => p.Share!.FirstKey!)];

    /// <summary>Partitions of a topic by ranges of keys, in the order of those.</summary>
    private static List<Partition> InOrder(IEnumerable<Partition> open)
    {
        var ordered = new List<Partition>(open.OrderBy(p => p.Share!.FirstKey ?? [], KeyShare.Order));
        byte[]? next = null;
        foreach (Partition partition in ordered)
        {
            bool fits = ReferenceEquals(partition, ordered[0]) == next is null
                && partition.Share!.FirstKey.AsSpan().SequenceEqual(next);
            next = fits
                ? partition.Share!.EndKey
                : throw new StateException($"{partition.Id} does not start where the range before it ends");
        }

        return next is null ? ordered : throw new StateException("the highest range has an end");
    }

    private static ImmutableArray<int> ByGroup(Partition[] open, int groups)
    {
        var table = ImmutableArray.CreateBuilder<int>(groups);
        foreach (Partition partition in open.OrderBy(p => p.KeyGroups.First))
        {
            if (partition.KeyGroups.First != table.Count)
            {
                throw new StateException($"{partition.Id} holds {partition.KeyGroups}, but {table.Count} comes next");
            }

            table.AddRange(Enumerable.Repeat(partition.Index, partition.KeyGroups.Count));
        }

        return table.Count == groups
            ? table.MoveToImmutable()
            : throw new StateException($"{table.Count} key groups of {groups} have a partition");
    }
}
