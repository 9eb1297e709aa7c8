using System.Collections.Immutable;
using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>The table by which ingest routes.</summary>
internal static class PartitionMap
{
    /// <summary>For each key group the index of its partition: equal contiguous ranges, without gap or
    /// overlap.</summary>
    public static ImmutableArray<int> Even(int partitions, int groups)
    {
        var table = ImmutableArray.CreateBuilder<int>(groups);
        for (int index = 0; index < partitions; index++)
        {
            table.AddRange(Enumerable.Repeat(index, KeyGroups.Range(index, partitions, groups).Count));
        }

        return table.MoveToImmutable();
    }
}
