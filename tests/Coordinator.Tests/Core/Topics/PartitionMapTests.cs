using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Tests.Core.Topics;

public sealed class PartitionMapTests
{
    [Test]
    public void Even_AnyCounts_AgreesWithRangesThatTileTheGroupsAndDifferByOneAtMost()
    {
        Gen<(int Partitions, int Groups)> counts =
            from partitions in Gen.Choose(1, 300)
            from more in Gen.Choose(0, 3_000)
            select (partitions, partitions + more);
        Prop.ForAll(counts.ToArbitrary(), c => Check(c.Partitions, c.Groups)).QuickCheckThrowOnFailure();
    }

    private static bool Check(int partitions, int groups)
    {
        PartitioningSpec spec = PartitioningSpec.Default;
        PartitionId[] ids = [.. Enumerable.Range(1, partitions).Select(i => new PartitionId((uint)i))];
        int[] map = [.. PartitionMap.Of(PartitionMap.Even(ids, groups, spec), groups, spec)];
        int[] sizes = [.. Enumerable.Range(0, partitions).Select(p => map.Count(i => i == p))];
        return map.Length == groups
            && map.SequenceEqual(map.Order())
            && sizes.Max() - sizes.Min() <= 1
            && Enumerable.Range(0, groups).All(g => KeyGroups.Range(map[g], partitions, groups).Contains(g));
    }
}
