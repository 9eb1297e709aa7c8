using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics.Cutting;

/// <summary>Any row of splits and merges of topics that are cut by keys, looked at key by key: whoever was not sealed
/// keeps its keys, and a sealed one's go to the one child whose share they are in, which is what its task inherits.
/// </summary>
public sealed class KeyCutPropertyTests
{
    private const int Keys = 48;

    private static readonly byte[][] _keys =
        [.. Enumerable.Range(0, Keys).Select(i => new[] { (byte)(i * 5), (byte)i })];

    /// <param name="maxKeys">Of the directory; 0: by ranges.</param>
    [TestCase(0)]
    [TestCase(1_000)]
    [TestCase(20)]
    public void Keys_AfterAnyChanges_StayOrGoToTheChildWhoseShareTheyAreIn(int maxKeys) =>
        AnyNumbers.Check(tests: 60, longest: 40, numbers =>
        {
            TestCluster cluster = WithTopic(maxKeys);
            int[] before = Owners(cluster);
            foreach (int number in numbers)
            {
                cluster.Ask(c => Change(c, number));
                cluster.Seal();
                int[] after = Owners(cluster);
                if (!Follows(cluster.State.Topics.Find("t")!, before, after)
                    || Picture(cluster.Replayed()) != Picture(cluster.State)
                    || Picture(Copy(cluster.State)) != Picture(cluster.State))
                {
                    return false;
                }

                before = after;
                cluster = number % 7 == 0 ? cluster.Restart() : cluster;
            }

            return true;
        });

    private static TestCluster WithTopic(int maxKeys)
    {
        TestCluster cluster = Started();
        PartitioningSpec spec = maxKeys > 0
            ? new(PartitioningKind.Key, Directory: new DirectorySpec(maxKeys))
            : new(PartitioningKind.RangeByKey, SplitPoints: [[60], [120]]);
        Assert.That(cluster.Ask(c => new CreateTopic(c, "t", 3, 0, 0, null, false, spec)), Is.TypeOf<CreatedTopic>());
        cluster.Seal();
        if (maxKeys > 0)
        {
            cluster.PlaceKeys(1, _keys);
            cluster.Seal();
        }

        return cluster;
    }

    private static Input Change(long call, int number)
    {
        int index = number % 13;
        byte[] key = _keys[number / 13 % Keys];
        var any = new MapChange(null, null, false);
        return (number / 1_024 % 4) switch
        {
            0 => new MergePartitions(call, "t", index, number / 13 % 13, any),
            1 => new SplitPartition(call, "t", index, 0, any),
            2 => new SplitPartition(call, "t", index, 0, any) { AtKey = key },
            _ => new SplitPartition(call, "t", index, 0, any) { Keys = [key] },
        };
    }

    private static int[] Owners(TestCluster cluster) =>
        [.. ((LocatedKeys)cluster.Ask(c => new LocateKeys(c, "t", _keys))).Partitions];

    private static bool Follows(Topic topic, int[] before, int[] after) => Enumerable.Range(0, Keys).All(k =>
    {
        Partition was = topic.Partitions[before[k]];
        Partition[] children = [.. topic.Partitions.Where(p => was.Children.Contains(p.Id))];
        Partition[] takers = [.. children.Where(c => c.Share?.Contains(_keys[k]) ?? true)];
        return was.IsOpen ? before[k] == after[k] : takers.Length == 1 && takers[0].Index == after[k];
    });
}
