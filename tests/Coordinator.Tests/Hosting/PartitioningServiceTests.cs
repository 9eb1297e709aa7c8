using Google.Protobuf;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>Topics of all kinds over the real machine, journal and wire, also after a restart.</summary>
public sealed class PartitioningServiceTests
{
    private const long Range = 366L * 86_400_000;
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;
    private OpenProducerResponse _producer = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
        _producer = await _coordinator.Ingest.OpenProducerAsync(new() { ProducerId = "p" });
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [TestCase("{ \"hash\": { \"function\": \"HASH_FUNCTION_SHA1\" } }", false)]
    [TestCase("{ \"hash\": { \"function\": \"HASH_FUNCTION_MURMUR2\" } }", true)]
    [TestCase("{ \"rangeByKey\": { \"splitPoints\": [ \"Zw==\", \"cP8=\" ] } }", false)]
    [TestCase("{ \"key\": { \"maxKeys\": 9, \"declared\": [ { \"key\": \"YQ==\", \"partitionIndex\": 2 } ],"
        + " \"keyCount\": 1 } }", false)]
    [TestCase("{ \"spread\": { \"policy\": \"SPREAD_POLICY_WEIGHTED_RANDOM\", \"weights\": [ 5, 1, 0 ] } }", true)]
    public async Task CreateTopic_AnyKind_IsDescribedAsItWasAskedForAlsoAfterARestart(string json, bool isFixed)
    {
        Partitioning asked = JsonParser.Default.Parse<Partitioning>(json);
        await CreateAsync(asked);
        await _coordinator.DisposeAsync();
        _coordinator = await RunningCoordinator.StartAsync(_directory);

        GetTopicResponse got = await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/t" });

        Assert.That(got.Topic.Partitioning, Is.EqualTo(asked));
        Assert.That(got.Topic.FixedReason.Length > 0, Is.EqualTo(isFixed));
    }

    [Test]
    public async Task GetTopic_ByTime_ShowsTheRangeOfEachPartition()
    {
        CreateTopicResponse made = await _coordinator.Topics.CreateTopicAsync(new()
        {
            TopicId = "t",
            Topic = new()
            {
                Partitioning = new()
                {
                    RangeByTime = new() { Range = new() { Seconds = 366 * 86_400 }, Live = 3, Ahead = 1, Kept = 2 },
                },
            },
        });
        long first = made.Topic.Partitioning.RangeByTime.FirstLiveTime.Seconds * 1_000;
        long now = first + (2 * Range);
        await PublishAtAsync(1, now, first, first - 1, now + Range, now + (2 * Range), 0, now);

        GetTopicResponse got = await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/t" });

        Partition[] ranges = [.. got.Partitions.Skip(2).OrderBy(p => p.RangeStartTime.Seconds)];
        Assert.Multiple(() =>
        {
            Assert.That(got.Partitions.Take(2).Select(p => p.NextOffset), Is.EqualTo(new ulong[] { 2, 1 }));
            Assert.That(ranges.Select(p => p.NextOffset), Is.EqualTo(new ulong[] { 0, 0, 1, 0, 2, 1 }));
            Assert.That(ranges.All(p => (p.RangeEndTime.Seconds - p.RangeStartTime.Seconds) * 1_000 == Range));
            Assert.That(ranges.Zip(ranges.Skip(1)).All(p => p.First.RangeEndTime.Equals(p.Second.RangeStartTime)));
            Assert.That(got.Topic.Partitioning.RangeByTime.FirstLiveTime, Is.EqualTo(ranges[2].RangeStartTime));
        });
    }

    [Test]
    public async Task CreateTopic_WithoutAKind_IsRefused() =>
        Assert.That(
            (await RpcServer.RefusalOfAsync(() => CreateAsync(new Partitioning()))).Metadata["field"],
            Is.EqualTo("topic.partitioning"));

    [Test]
    public async Task CreateTopic_WithAnUnknownFunction_IsRefused()
    {
        var asked = new Partitioning { Hash = new() { Function = (HashFunction)99 } };
        Assert.That(
            (await RpcServer.RefusalOfAsync(() => CreateAsync(asked))).Metadata["field"],
            Is.EqualTo("topic.partitioning.hash.function"));
    }

    [Test]
    public async Task Publish_ToAKeyTopic_RemembersKeysAcrossARestart()
    {
        await CreateAsync(new Partitioning { Key = new() { MaxKeys = 3 } });
        await PublishAsync(1, "a", "b", "c", "d", "a");
        ulong[] before = await EndsAsync();
        await _coordinator.DisposeAsync();
        _coordinator = await RunningCoordinator.StartAsync(_directory);
        await PublishAsync(6, "a", "b", "c", "d", "a");

        Assert.That(await EndsAsync(), Is.EqualTo(before.Select(n => 2 * n)));
        Topic topic = (await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/t" })).Topic;
        Assert.That((topic.Partitioning.Key.KeyCount, topic.Partitioning.Key.Closed), Is.EqualTo((3U, true)));
    }

    [Test]
    public async Task Publish_WithoutAKey_IsTakenOnlyWhereNoneIsNeeded()
    {
        await CreateAsync(new Partitioning { Spread = new() });
        await PublishAsync(1, "", "", "a");
        Assert.That(await EndsAsync(), Is.EqualTo(new ulong[] { 3, 0, 0 }));
        await CreateAsync(new Partitioning { RangeByKey = new() { SplitPoints = { Key("b"), Key("c") } } }, "ranges");
        var refusal = await RpcServer.RefusalOfAsync(() => PublishToAsync("ranges", 1, "a", ""));
        Assert.That(
            (refusal.Reason, refusal.Metadata["topic"], refusal.Metadata["field"]),
            Is.EqualTo(("KEY_REQUIRED", "ranges", "events[1].key")));
    }

    [Test]
    public async Task ListHotKeys_OfAHotKey_NamesItWithItsPartition()
    {
        await CreateAsync(new Partitioning { RangeByKey = new() { SplitPoints = { Key("b"), Key("c") } } });
        await PublishAsync(1, [.. Enumerable.Repeat("bb", 2_000)]);

        ListHotKeysResponse hot = await _coordinator.Topics.ListHotKeysAsync(new() { Name = "topics/t" });

        HotKey key = hot.HotKeys.Single();
        Assert.Multiple(() =>
        {
            Assert.That((key.Key, key.Share, key.PartitionIndex), Is.EqualTo((Key("bb"), 1.0, 1U)));
            Assert.That(key.Suggestion, Is.EqualTo(HotKeySuggestion.None), "there is no worker");
            Assert.That(hot.SampledEvents, Is.InRange(40, 90));
        });
        Assert.That(
            (await RpcServer.RefusalOfAsync(async () =>
                await _coordinator.Topics.ListHotKeysAsync(new() { Name = "topics/none" }))).Reason,
            Is.EqualTo("NO_SUCH_TOPIC"));
    }

    private async Task PublishAtAsync(ulong first, params long[] times) =>
        await _coordinator.Ingest.PublishBatchAsync(new()
        {
            ProducerId = _producer.ProducerId,
            ProducerEpoch = _producer.ProducerEpoch,
            Topic = "t",
            FirstSequence = first,
            Events = { times.Select(t => new Event { EventTimeMs = t }) },
        });

    private static ByteString Key(string text) => ByteString.CopyFromUtf8(text);

    private async Task CreateAsync(Partitioning partitioning, string name = "t") =>
        await _coordinator.Topics.CreateTopicAsync(new()
        {
            TopicId = name,
            Topic = new() { PartitionCount = 3, Partitioning = partitioning },
        });

    private Task PublishAsync(ulong first, params string[] keys) => PublishToAsync("t", first, keys);

    private async Task PublishToAsync(string topic, ulong first, params string[] keys) =>
        await _coordinator.Ingest.PublishBatchAsync(new()
        {
            ProducerId = _producer.ProducerId,
            ProducerEpoch = _producer.ProducerEpoch,
            Topic = topic,
            FirstSequence = first,
            Events = { keys.Select(k => new Event { Key = Key(k) }) },
        });

    private async Task<ulong[]> EndsAsync() =>
    [
        .. (await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/t" })).Partitions.Select(p => p.NextOffset),
    ];
}
