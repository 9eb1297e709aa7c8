using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics.Partitioning;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics;

/// <summary>Splits and merges that cannot be: refused by name, with nothing changed and nothing written.</summary>
public sealed class PartitionRefusalTests
{
    private static readonly MapChange _any = new(null, null, false);

    private TestCluster _cluster = null!;

    [SetUp]
    public void SetUp()
    {
        _cluster = Started();
        Make("hash", 4, 64, PartitioningSpec.Default);
        Make("narrow", 4, 4, PartitioningSpec.Default);
        Make("kafka", 4, 0, new(PartitioningKind.Hash, KeyFunction.Murmur2));
        Make("modulo", 4, 0, new(PartitioningKind.Hash, KeyFunction.Modulo));
        Make("times", 0, 0, new(PartitioningKind.RangeByTime, Time: new(60_000, 0, 2, 0, 0)));
        Make("spread", 4, 0, new(PartitioningKind.Spread, Spread: new(SpreadPolicy.Random)));
        Make("ranges", 0, 0, new(PartitioningKind.RangeByKey, SplitPoints: [B("g"), B("p")]));
        Make("keys", 3, 0, new(PartitioningKind.Key, Directory: new(100, [new(B("eu"), 0), new(B("us"), 1)])));
        _cluster.Seal();
        _cluster.Ask(c => new SplitPartition(c, "hash", 3, 0, _any));
        _cluster.Seal();
        _cluster.Do(new Tick());
        _cluster.Seal();
    }

    [TestCase("none", 0, 0, "NO_SUCH_TOPIC")]
    [TestCase("hash", 9, 0, "NO_SUCH_PARTITION")]
    [TestCase("hash", -1, 0, "NO_SUCH_PARTITION")]
    [TestCase("hash", 3, 0, "PARTITION_SEALED")]
    [TestCase("hash", 0, 16, "BAD_FIELD")]
    [TestCase("hash", 1, 16, "BAD_FIELD")]
    [TestCase("hash", 0, -3, "BAD_FIELD")]
    [TestCase("narrow", 2, 0, "SINGLE_KEY_GROUP")]
    [TestCase("kafka", 0, 0, "PARTITIONS_FIXED")]
    [TestCase("modulo", 0, 0, "PARTITIONS_FIXED")]
    [TestCase("times", 0, 0, "PARTITIONS_FIXED")]
    [TestCase("times", 2, 0, "PARTITIONS_FIXED")]
    [TestCase("spread", 0, 0, "PARTITIONS_FIXED")]
    [TestCase("ranges", 0, 0, "BAD_SPLIT_POINT")]
    [TestCase("keys", 0, 0, "SINGLE_KEY")]
    public void Split_OfWhatCannotBe_IsRefusedByName(string topic, int index, int at, string reason) =>
        CheckRefused(c => new SplitPartition(c, topic, index, at, _any), reason);

    [TestCase("none", 0, 1, "NO_SUCH_TOPIC")]
    [TestCase("hash", 0, 9, "NO_SUCH_PARTITION")]
    [TestCase("hash", 2, 3, "PARTITION_SEALED")]
    [TestCase("hash", 0, 2, "NOT_NEIGHBOURS")]
    [TestCase("hash", 1, 1, "NOT_NEIGHBOURS")]
    [TestCase("kafka", 0, 1, "PARTITIONS_FIXED")]
    [TestCase("modulo", 0, 1, "PARTITIONS_FIXED")]
    [TestCase("times", 2, 3, "PARTITIONS_FIXED")]
    [TestCase("spread", 0, 1, "PARTITIONS_FIXED")]
    [TestCase("ranges", 0, 2, "NOT_NEIGHBOURS")]
    [TestCase("keys", 1, 1, "NOT_NEIGHBOURS")]
    public void Merge_OfWhatCannotBe_IsRefusedByName(string topic, int index, int other, string reason) =>
        CheckRefused(c => new MergePartitions(c, topic, index, other, _any), reason);

    [Test]
    public void Change_ByAnOldView_IsRefused()
    {
        var old = new MapChange(0, null, false);
        CheckRefused(c => new SplitPartition(c, "hash", 0, 0, old), "ETAG_MISMATCH");
        CheckRefused(c => new MergePartitions(c, "hash", 0, 1, old), "ETAG_MISMATCH");
    }

    [TestCase("kafka", "murmur2")]
    [TestCase("modulo", "modulo")]
    public void Split_OfAKindThatDependsOnTheCount_SaysWhyInItsMessage(string topic, string word) =>
        Assert.That(
            ((Refusal)_cluster.Ask(c => new SplitPartition(c, topic, 0, 0, _any))).Message,
            Does.Contain(word).IgnoreCase);

    private static byte[] B(string text) => Encoding.ASCII.GetBytes(text);

    private void Make(string topic, int partitions, int groups, PartitioningSpec spec) => Assert.That(
        _cluster.Ask(c => new CreateTopic(c, topic, partitions, groups, 0, null, false, spec)),
        Is.TypeOf<CreatedTopic>());

    private void CheckRefused(Func<long, Input> asked, string reason)
    {
        string before = Picture(_cluster.State);
        int from = _cluster.Effects.Count;
        object answer = _cluster.Ask(asked);
        Assert.Multiple(() =>
        {
            Assert.That((answer as Refusal)?.Reason, Is.EqualTo(reason), $"{answer}");
            Assert.That(Picture(_cluster.State), Is.EqualTo(before));
            Assert.That(_cluster.Effects[from..], Is.All.TypeOf<Reply>());
        });
    }
}
