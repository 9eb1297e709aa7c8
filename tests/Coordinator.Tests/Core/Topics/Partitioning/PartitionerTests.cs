using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Keys;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Tests.Core.Topics.Partitioning;

public sealed class PartitionerTests
{
    [Test]
    public void KeyRanges_AnyPointsAndKey_AgreeWithAWalkOverAllRanges() =>
        Prop.ForAll<byte[][], byte[]>((some, key) =>
        {
            byte[][] points = Sorted(some);
            Partitioner partitioner = Ranges(points);
            byte[][] asked = [key, .. points, .. points.Select(p => (byte[])[.. p, 0])];
            return asked.All(k => partitioner.GroupOf(k, 0) == Naive(points, k));
        }).QuickCheckThrowOnFailure();

    /// <summary>Both ends are open, and going up through all keys no range is left out or met twice.</summary>
    [Test]
    public void KeyRanges_AnyPoints_CoverEverythingInOrder() =>
        Prop.ForAll<byte[][], byte[][]>((some, keys) =>
        {
            byte[][] points = Sorted(some);
            Partitioner partitioner = Ranges(points);
            byte[][] rising = [[], .. keys.Concat(points).Order(Order), [.. Enumerable.Repeat((byte)255, 2000)]];
            int[] groups = [.. rising.Select(k => partitioner.GroupOf(k, 0))];
            return groups[0] == 0
                && groups[^1] == points.Length
                && groups.Zip(groups[1..]).All(pair => pair.Second - pair.First is 0 or 1);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Hash_AnyFunctionAndKey_GivesEachKeyOneGroupWithinTheCount() =>
        Prop.ForAll<byte[], PositiveInt>((key, count) => Functions.All(f =>
        {
            Partitioner partitioner = Hash(f, count.Get);
            int group = partitioner.GroupOf(key, 0);
            return group >= 0
                && group < count.Get
                && group == partitioner.GroupOf(key, 12345)
                && group == partitioner.GroupOfKey(key);
        })).QuickCheckThrowOnFailure();

    /// <summary>64 groups of 1,000 keys on average: seven standard deviations are 221.</summary>
    [TestCaseSource(nameof(Functions))]
    public void Hash_OfManyKeys_SpreadsThemEvenly(KeyFunction function)
    {
        Partitioner partitioner = Hash(function, 64);
        int[] counts = new int[64];
        for (int i = 0; i < 64_000; i++)
        {
            counts[partitioner.GroupOf(Encoding.ASCII.GetBytes($"customer-{i}"), 0)]++;
        }

        Assert.That(counts, Has.All.InRange(1_000 - 221, 1_000 + 221));
    }

    [Test]
    public void WhyFixed_OnlyOfFunctionsThatDependOnTheCount_SaysWhy()
    {
        Assert.That(Functions.Where(f => Hash(f, 8).WhyFixed is not null),
            Is.EqualTo(new[] { KeyFunction.Murmur2, KeyFunction.Modulo }));
        Assert.That(Ranges([]).WhyFixed, Is.Null);
    }

    private static KeyFunction[] Functions => [.. Enum.GetValues<KeyFunction>().Where(f => f != KeyFunction.Partition)];

    private static Comparer<byte[]> Order { get; } =
        Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private static Partitioner Hash(KeyFunction function, int groups) =>
        Partitioner.Of(new PartitioningSpec(PartitioningKind.Hash, function), groups);

    private static Partitioner Ranges(byte[][] points) => Partitioner.Of(
        new PartitioningSpec(PartitioningKind.RangeByKey, SplitPoints: points), points.Length + 1);

    private static byte[][] Sorted(byte[][] points) =>
        [.. points.Where(p => p.Length > 0).OrderBy(p => p, Order).DistinctBy(Convert.ToHexString)];

    private static int Naive(byte[][] points, byte[] key) => Enumerable.Range(0, points.Length + 1).Single(i =>
        (i == 0 || Order.Compare(points[i - 1], key) <= 0)
        && (i == points.Length || Order.Compare(key, points[i]) < 0));
}
