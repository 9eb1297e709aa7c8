using System.Collections.Immutable;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>Deals key groups out to partitions in equal contiguous ranges, without gap or overlap.</summary>
internal static class KeyGroupRanges
{
    /// <summary>Partition i of P holds groups [i x G / P, (i + 1) x G / P).</summary>
    public static KeyGroupRange Of(int index, int partitions, int groups) =>
        new((int)((long)index * groups / partitions), (int)(((long)index + 1) * groups / partitions));

    /// <summary>For each key group the index of its partition.</summary>
    public static ImmutableArray<int> PartitionOfGroup(int partitions, int groups)
    {
        var table = ImmutableArray.CreateBuilder<int>(groups);
        for (int index = 0; index < partitions; index++)
        {
            table.AddRange(Enumerable.Repeat(index, Of(index, partitions, groups).Count));
        }

        return table.MoveToImmutable();
    }
}
