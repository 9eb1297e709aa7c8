using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>Bad input over the wire gets a named refusal and changes nothing.</summary>
public sealed class BadInputTests
{
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
        await _coordinator.Topics.CreateTopicAsync(new() { TopicId = "t", Topic = new() { PartitionCount = 1 } });
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [TestCase(3, 500_000, "BATCH_TOO_LARGE")]
    [TestCase(12, 500_000, "BATCH_TOO_LARGE")]
    [TestCase(1, 1_000_001, "EVENT_TOO_LARGE")]
    [TestCase(0, 0, "EMPTY_BATCH")]
    public async Task PublishBatch_OutsideItsLimits_IsRefusedAndStoresNothing(int events, int bytes, string reason)
    {
        OpenProducerResponse producer = await _coordinator.Ingest.OpenProducerAsync(new() { ProducerId = "p" });
        var request = new PublishBatchRequest
        {
            ProducerId = "p",
            ProducerEpoch = producer.ProducerEpoch,
            Topic = "t",
            FirstSequence = 1,
        };
        for (int i = 0; i < events; i++)
        {
            request.Events.Add(new Event
            {
                Key = ByteString.CopyFromUtf8("k"),
                Value = ByteString.CopyFrom(new byte[bytes]),
            });
        }

        Assert.That(
            (await RpcServer.RefusalOfAsync(async () => await _coordinator.Ingest.PublishBatchAsync(request))).Reason,
            Is.EqualTo(reason));
        Assert.That(
            (await _coordinator.Topics.GetTopicAsync(new() { Name = "topics/t" })).Topic.EventCount, Is.Zero);
    }

    [Test]
    public async Task Call_ToTheHttpPort_FailsAsUnreachable()
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(_coordinator.Host.Http);
        var ingest = new IngestService.IngestServiceClient(channel);

        StatusCode code = StatusCode.OK;
        try
        {
            await ingest.OpenProducerAsync(new());
        }
        catch (RpcException error)
        {
            code = error.StatusCode;
        }

        Assert.That(code, Is.Not.EqualTo(StatusCode.OK));
    }
}
