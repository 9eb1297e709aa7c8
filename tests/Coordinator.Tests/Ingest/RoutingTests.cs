using System.Text;
using Google.Protobuf;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Coordinator.Tests.Ingest;

/// <summary>How the scanner routes topics of other kinds than XXH64.</summary>
public sealed class RoutingTests
{
    private static readonly string[] _keys = ["apple", "grape", "pear", "zebra", "g", "p"];

    private readonly BatchPool _pool = Batches.Pool();
    private readonly BatchScanner _scanner = new(new IngestLimits());

    [Test]
    public void Scan_OfAnMd5Topic_RoutesByMd5()
    {
        TopicRoute topic = FakeCoordinator.Topic(
            "words", 1, 64, 8, new PartitioningSpec(PartitioningKind.Hash, KeyFunction.Md5));
        Assert.That(
            Route(topic, _keys),
            Is.EqualTo(_keys.Select(k =>
                topic.PartitionOfGroup[KeyFunction.Md5.GroupOf(Encoding.UTF8.GetBytes(k), 64)])));
    }

    [Test]
    public void Scan_OfATopicByKeyRanges_RoutesByThem() =>
        Assert.That(Route(Ranges(), _keys), Is.EqualTo(new[] { 0, 1, 2, 2, 1, 2 }));

    [Test]
    public void Scan_OfASpreadTopic_TakesEventsWithoutKeys()
    {
        TopicRoute topic = FakeCoordinator.Topic(
            "words",
            1,
            3,
            3,
            new PartitioningSpec(PartitioningKind.Spread, Spread: new SpreadSpec(SpreadPolicy.Random)));
        Assert.That(Scan(topic, ["", "a", ""], out OfferedBatch batch), Is.Null);
        Assert.That(batch.Entries.Count, Is.EqualTo(3));
    }

    [Test]
    public void Scan_WithoutAKeyWhereOneIsNeeded_NamesTopicAndField()
    {
        Refusal? refusal = Scan(Ranges(), ["a", ""], out _);
        Assert.That(refusal?.Reason, Is.EqualTo("KEY_REQUIRED"));
        Assert.That(refusal!.Metadata["topic"], Is.EqualTo("words"));
        Assert.That(refusal.Metadata["field"], Is.EqualTo("events[1].key"));
        Assert.That(refusal.Message, Does.Contain("topic words"));
    }

    [Test]
    public void Scan_OfALongKeyOnASpreadTopic_IsStillRefused()
    {
        TopicRoute topic = FakeCoordinator.Topic(
            "words",
            1,
            3,
            3,
            new PartitioningSpec(PartitioningKind.Spread, Spread: new SpreadSpec(SpreadPolicy.Random)));
        Assert.That(Scan(topic, [new string('k', 1_025)], out _)?.Reason, Is.EqualTo("KEY_TOO_LARGE"));
    }

    private static TopicRoute Ranges() => FakeCoordinator.Topic(
        "words",
        1,
        3,
        3,
        new PartitioningSpec(PartitioningKind.RangeByKey, SplitPoints: [[.. "g"u8], [.. "p"u8]]));

    private int[] Route(TopicRoute topic, string[] keys)
    {
        Assert.That(Scan(topic, keys, out OfferedBatch batch), Is.Null);
        return batch.Entries.Partitions[..batch.Entries.Count];
    }

    private Refusal? Scan(TopicRoute topic, string[] keys, out OfferedBatch batch)
    {
        PublishRequest request = Batches.Request([.. keys.Select(k => k.Length == 0 ? new Event() : Batches.Event(k))]);
        batch = Batches.Receive(_pool, request.ToByteArray());
        return _scanner.Scan(batch, FakeCoordinator.RoutingOf(topic), new BatchNames());
    }
}
