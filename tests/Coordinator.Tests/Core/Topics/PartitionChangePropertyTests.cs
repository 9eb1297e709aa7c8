using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Tests.Core.Topics;

/// <summary>Any row of splits and merges, against a twin that is nothing but an array of owners by key group.</summary>
public sealed class PartitionChangePropertyTests
{
    private const int Groups = 24;

    private static readonly MapChange _any = new(null, null, false);

    [Test]
    public void Map_AfterAnyChanges_GivesEachKeyGroupToOneOpenPartitionInEveryVersion() =>
        AnyNumbers.Check(tests: 200, longest: 60, numbers =>
        {
            TestCluster cluster = TestCluster.Started();
            cluster.Ask(c => new CreateTopic(c, "t", 3, Groups, 0, null, false));
            int[] twin = [.. Enumerable.Range(0, Groups).Select(g => g / 8)];
            int[] routed = twin;
            int next = 3;
            foreach (int number in numbers)
            {
                twin = Change(cluster, number, twin, ref next);
                if (number % 3 == 0)
                {
                    cluster.Seal();
                    cluster.Do(new Tick());
                    routed = twin;
                }

                if (!IsAs(cluster.State.Topics.Find("t")!, twin, routed))
                {
                    return false;
                }
            }

            return true;
        });

    private static int[] Change(TestCluster cluster, int number, int[] twin, ref int next)
    {
        int index = number % 17;
        int argument = number / 17 % Groups;
        int at = argument == 0 ? 0 : argument;
        bool split = number / 512 % 3 > 0;
        object answer = cluster.Ask(c => split
            ? new SplitPartition(c, "t", index, at, _any)
            : new MergePartitions(c, "t", index, argument % 17, _any));
        int[] expected = split ? TwinSplit(twin, index, at, next) : TwinMerge(twin, index, argument % 17, next);
        if (answer is ReplacedPartitions != (expected.Length > 0))
        {
            throw new AssertionException($"{number}: {answer} over {string.Join(' ', twin)}");
        }

        next += expected.Length == 0 ? 0 : split ? 2 : 1;
        return expected.Length == 0 ? twin : expected;
    }

    /// <summary>Empty: it may not be.</summary>
    private static int[] TwinSplit(int[] twin, int index, int at, int next)
    {
        int first = Array.IndexOf(twin, index);
        int count = twin.Count(i => i == index);
        int cut = at == 0 ? first + (count / 2) : at;
        return first < 0 || cut <= first || cut >= first + count
            ? []
            : [.. twin.Select((owner, group) => owner != index ? owner : group < cut ? next : next + 1)];
    }

    private static int[] TwinMerge(int[] twin, int a, int b, int next)
    {
        bool neighbours = twin.Zip(twin.Skip(1)).Any(p => a != b && (p == (a, b) || p == (b, a)));
        return neighbours ? [.. twin.Select(owner => owner == a || owner == b ? next : owner)] : [];
    }

    /// <summary>The open partitions are the twin's, and events are routed as the last sealed frame left it.</summary>
    private static bool IsAs(Topic topic, int[] twin, int[] routed) =>
        Enumerable.Range(0, Groups).All(g =>
            topic.Open.Where(p => p.KeyGroups.Contains(g)).Select(p => p.Index).SequenceEqual([twin[g]]))
        && topic.Route.PartitionOfGroup.SequenceEqual(routed)
        && topic.Partitions.Select(p => p.Id).Distinct().Count() == topic.Partitions.Length;
}
