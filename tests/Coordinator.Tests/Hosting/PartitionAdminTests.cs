using Grpc.Core;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>Split and merge over the real machine, journal and wire.</summary>
public sealed class PartitionAdminTests
{
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task SplitThenMerge_OfATopic_ShowsWhoTookOverFromWhom()
    {
        await CreateAsync("shape", 2);
        SplitPartitionResponse split = await _coordinator.Topics.SplitPartitionAsync(
            new() { Name = "topics/shape/partitions/0", AtKeyGroup = 3 });
        MergePartitionsResponse merged = await _coordinator.Topics.MergePartitionsAsync(
            new() { Name = "topics/shape/partitions/1", Other = "topics/shape/partitions/3" });
        ListPartitionsResponse list = await _coordinator.Topics.ListPartitionsAsync(new() { Parent = "topics/shape" });
        GetTopicResponse topic = await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/shape" });

        Assert.Multiple(() =>
        {
            Assert.That(
                split.Names, Is.EqualTo(new[] { "topics/shape/partitions/2", "topics/shape/partitions/3" }));
            Assert.That(merged.Name, Is.EqualTo("topics/shape/partitions/4"));
            Assert.That(list.Partitions.Select(Row), Is.EqualTo(new[]
            {
                "0 0-8 Sealed [] [2,3]",
                "1 8-16 Sealed [] [4]",
                "2 0-3 Open [0] []",
                "3 3-8 Sealed [0] [4]",
                "4 3-16 Open [3,1] []",
            }));
            Assert.That(topic.Topic.PartitionCount, Is.EqualTo(2));
            Assert.That(
                list.Partitions.Select(p => p.SealPosition > 0), Is.EqualTo(new[] { true, true, false, true, false }));
        });
    }

    [Test]
    public async Task SplitPartition_WithTheEtagOfBefore_IsRefusedOnceItHasChanged()
    {
        await CreateAsync("tagged", 2);
        GetTopicResponse before = await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/tagged" });
        var request = new SplitPartitionRequest { Name = "topics/tagged/partitions/0", Etag = before.Topic.Etag };
        await _coordinator.Topics.SplitPartitionAsync(request);
        request.Name = "topics/tagged/partitions/1";
        Assert.That(await ReasonAsync(request), Is.EqualTo("ETAG_MISMATCH"));
    }

    [Test]
    public async Task SplitPartition_SentTwiceWithOneRequestId_HappensOnce()
    {
        await CreateAsync("twice", 1);
        var request = new SplitPartitionRequest { Name = "topics/twice/partitions/0", RequestId = "split-twice" };
        SplitPartitionResponse first = await _coordinator.Topics.SplitPartitionAsync(request);
        SplitPartitionResponse second = await _coordinator.Topics.SplitPartitionAsync(request);
        Assert.That(second, Is.EqualTo(first));
    }

    [TestCase("nonsense", "BAD_NAME")]
    [TestCase("topics/no-such/partitions/0", "NO_SUCH_TOPIC")]
    [TestCase("topics/kafka/partitions/9", "NO_SUCH_PARTITION")]
    [TestCase("topics/kafka/partitions/0", "PARTITIONS_FIXED")]
    [TestCase("topics/ranges/partitions/0", "BAD_SPLIT_POINT")]
    public async Task SplitPartition_OfWhatCannotBe_IsRefusedByName(string name, string reason)
    {
        await CreateAsync("kafka", 2, new() { Hash = new() { Function = HashFunction.Murmur2 } });
        await CreateAsync("ranges", 0, new()
        {
            RangeByKey = new() { SplitPoints = { Google.Protobuf.ByteString.CopyFromUtf8("m") } },
        });
        Assert.That(await ReasonAsync(new() { Name = name }), Is.EqualTo(reason));
    }

    [Test]
    public async Task MergePartitions_OfTwoTopics_IsRefused()
    {
        var request = new MergePartitionsRequest
        {
            Name = "topics/one/partitions/0",
            Other = "topics/two/partitions/1",
        };
        Assert.That(
            (await RpcServer.RefusalOfAsync(async () => await _coordinator.Topics.MergePartitionsAsync(request)))
                .Reason,
            Is.EqualTo("BAD_FIELD"));
    }

    [Test]
    public async Task Read_FollowingAPartitionThatIsSplit_IsToldWhereItEndsAndWhoGoesOn()
    {
        await CreateAsync("followed", 1);
        using AsyncServerStreamingCall<ReadResponse> call = _coordinator.Ingest.Read(
            new ReadRequest { Topic = "followed", Follow = true });
        Task<bool> next = call.ResponseStream.MoveNext(default);
        await _coordinator.Topics.SplitPartitionAsync(new() { Name = "topics/followed/partitions/0" });

        Assert.That(await next, Is.True);
        ReadResponse last = call.ResponseStream.Current;
        Assert.That(last.SealPosition, Is.GreaterThan(0UL));
        Assert.That(last.ChildIndices, Is.EqualTo(new[] { 1U, 2U }));
        Assert.That(await call.ResponseStream.MoveNext(default), Is.False);
    }

    private static string Row(Partition p) =>
        $"{p.Index} {p.FirstKeyGroup}-{p.EndKeyGroup} {p.State} [{string.Join(',', p.ParentIndices)}] "
        + $"[{string.Join(',', p.ChildIndices)}]";

    private async Task CreateAsync(string topic, uint partitions, Partitioning? partitioning = null)
    {
        var request = new CreateTopicRequest
        {
            TopicId = topic,
            Topic = new() { PartitionCount = partitions, Partitioning = partitioning },
            RequestId = $"make-{topic}",
        };
        if (partitioning is null)
        {
            request.Topic.KeyGroupCount = 16;
        }

        await _coordinator.Topics.CreateTopicAsync(request);
    }

    private async Task<string> ReasonAsync(SplitPartitionRequest request) =>
        (await RpcServer.RefusalOfAsync(async () => await _coordinator.Topics.SplitPartitionAsync(request))).Reason;
}
