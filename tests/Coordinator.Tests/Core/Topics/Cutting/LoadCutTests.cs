using System.Text;
using Millrace.Common.Keys;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Core.Topics.Partitioning;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics.Cutting;

/// <summary>A directory's partition is cut in halves of what is measured, as far as it is.</summary>
public sealed class LoadCutTests
{
    private const int Keys = 40;

    private static readonly MapChange _any = new(null, null, false);

    private TestCluster _cluster = null!;

    [SetUp]
    public void SetUp()
    {
        _cluster = Started();
        var spec = new PartitioningSpec(PartitioningKind.Key, Directory: new DirectorySpec(1_000));
        _cluster.Ask(c => new CreateTopic(c, "keys", 1, 0, 0, null, false, spec));
        _cluster.PlaceKeys(1, [.. Enumerable.Range(0, Keys).Select(Key)]);
        _cluster.Seal();
    }

    [Test]
    public void Split_NothingMeasured_IsByTheNumberOfKeysAndSaysSo()
    {
        ReplacedPartitions made = Split(_cluster.Restart());
        Assert.That(made.Basis, Is.EqualTo("by the number of keys: nothing is measured of late"));
    }

    [Test]
    public void Split_NoKeyIsHeavy_IsByTheNumberOfKeys()
    {
        ReplacedPartitions made = Split(_cluster);
        Assert.That(made.Basis, Does.Contain("50 % and 50 % of its events (keys seen often: 0;"));
        Assert.That(Placed().Count(i => i == 1), Is.EqualTo(Keys / 2));
    }

    /// <summary>One key with more than all others: no half, but it alone.</summary>
    [Test]
    public void Split_OneKeyIsMoreThanAHalf_SetsItApart()
    {
        int hot = Enumerable.Range(0, Keys).OrderBy(i => XxHash64.Hash(Key(i))).ElementAt(Keys / 2);
        Publish(hot, 160);
        Hot((hot, 0.8));
        ReplacedPartitions made = Split(_cluster);
        int[] placed = Placed();
        Assert.Multiple(() =>
        {
            Assert.That(placed[hot], Is.EqualTo(2));
            Assert.That(placed.Count(i => i == 1), Is.EqualTo(Keys - 1));
            Assert.That(made.Basis, Does.Contain("20 % and 80 %").And.Contain("keys seen often: 1;"));
            Assert.That(
                Records<EventRaised>(_cluster.Effects).Last(e => e.Reason == "PARTITION_SPLIT").Message,
                Does.Contain(made.Basis));
        });
    }

    [Test]
    public void Split_TwoHeavyKeys_GoToDifferentHalves() => AnyNumbers.Check(60, 3, numbers =>
    {
        SetUp();
        int a = numbers.Length > 0 ? numbers[0] % Keys : 0;
        int b = (a + 1 + (numbers.Length > 1 ? numbers[1] % (Keys - 1) : 0)) % Keys;
        Publish(a, 180);
        Publish(b, 180);
        Hot((a, 0.45), (b, 0.45));
        Split(_cluster);
        int[] placed = Placed();
        return placed[a] != placed[b];
    });

    /// <summary>What is in no partition of this one's, or is not believed any more, does not count.</summary>
    [Test]
    public void Split_WhatWasHotLongAgo_DoesNotCount()
    {
        Hot((0, 0.9));
        _cluster.Pass(11);
        Assert.That(Split(_cluster).Basis, Does.Contain("keys seen often: 0;"));
    }

    private static byte[] Key(int i) => Encoding.ASCII.GetBytes($"key-{i}");

    private void Publish(int key, int events) =>
        _cluster.PlaceKeys(1, [.. Enumerable.Repeat(Key(key), events)]);

    private void Hot(params (int Key, double Share)[] keys) => _cluster.Do(new HotKeysSeen(
        [.. keys.Select(k => new SeenKey(new(1), Key(k.Key), k.Share))]));

    private ReplacedPartitions Split(TestCluster cluster)
    {
        object answer = cluster.Ask(c => new SplitPartition(c, "keys", 0, 0, _any));
        Assert.That(answer, Is.TypeOf<ReplacedPartitions>());
        cluster.Seal();
        return (ReplacedPartitions)answer;
    }

    private int[] Placed() => _cluster.PlaceKeys(1, [.. Enumerable.Range(0, Keys).Select(Key)]);
}
