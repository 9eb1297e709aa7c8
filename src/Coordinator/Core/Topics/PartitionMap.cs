using System.Collections.Immutable;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>The table by which ingest routes.</summary>
internal static class PartitionMap
{
    /// <summary>The first partitions of a topic: equal contiguous ranges, without gap or overlap.</summary>
    public static ImmutableArray<Partition> Even(IReadOnlyList<PartitionId> ids, int groups) =>
        [.. ids.Select((id, index) => new Partition(id, index, KeyGroups.Range(index, ids.Count, groups)))];

    /// <summary>For each key group the index of the open partition that holds it.</summary>
    /// <exception cref="StateException">A key group has none, or more than one.</exception>
    public static ImmutableArray<int> Of(IEnumerable<Partition> partitions, int groups)
    {
        var table = ImmutableArray.CreateBuilder<int>(groups);
        foreach (Partition partition in partitions.Where(p => p.IsOpen).OrderBy(p => p.KeyGroups.First))
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
