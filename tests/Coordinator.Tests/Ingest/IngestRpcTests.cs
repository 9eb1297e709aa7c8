using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Tests.Ingest;

/// <summary>The raw handlers behind a real server, called by generated and by raw clients.</summary>
[CancelAfter(60_000)]
public sealed class IngestRpcTests
{
    private FakeCoordinator _coordinator = null!;
    private LoopbackServer _server = null!;
    private IngestService.IngestServiceClient _client = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _coordinator = new FakeCoordinator { Decide = Store };
        var handlers = new IngestHandlers(
            _coordinator,
            _coordinator,
            new IngestLimits(),
            TimeProvider.System,
            NullLogger<IngestHandlers>.Instance);
        _server = await LoopbackServer.StartAsync(handlers.Define());
        _client = new IngestService.IngestServiceClient(_server.Channel);
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Publish_ByAGeneratedClient_IsAcknowledgedBatchByBatch(CancellationToken cancellation)
    {
        using var call = _client.Publish(cancellationToken: cancellation);
        for (ulong i = 0; i < 20; i++)
        {
            PublishRequest request = Batches.Request(Batches.Event("a"), Batches.Event("b"));
            request.FirstSequence = (i * 2) + 1;
            await call.RequestStream.WriteAsync(request, cancellation);
        }

        await call.RequestStream.CompleteAsync();
        ulong last = 0;
        await foreach (PublishResponse ack in call.ResponseStream.ReadAllAsync(cancellation))
        {
            Assert.That(ack.LastSequence, Is.GreaterThan(last));
            last = ack.LastSequence;
        }

        Assert.That(last, Is.EqualTo(40));
    }

    [Test]
    public async Task Publish_ByARawClient_OfAFullBatch_IsAcknowledged(CancellationToken cancellation)
    {
        using var entries = new EntryBuffer();
        while (entries.ByteCount < 1_000_000)
        {
            entries.Append("key"u8, new byte[1000], eventTimeMs: 5);
        }

        using var call = _server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            IngestMethods.Publish, null, new CallOptions(cancellationToken: cancellation));
        await call.RequestStream.WriteAsync(Raw(entries), cancellation);
        Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.True);
        Assert.That(call.ResponseStream.Current.LastSequence, Is.EqualTo((ulong)entries.Count));
        await call.RequestStream.CompleteAsync();
        Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.False);
    }

    [Test]
    public async Task PublishBatch_ByBothKindsOfClient_AnswersOnce(CancellationToken cancellation)
    {
        PublishBatchResponse answer = await _client.PublishBatchAsync(
            PublishBatchRequest.Parser.ParseFrom(Batches.Request(Batches.Event("a")).ToByteArray()),
            cancellationToken: cancellation);
        Assert.That(
            (answer.LastSequence, answer.RepeatedEvents, answer.Incarnation), Is.EqualTo((1ul, 1u, 7ul)));
        using var entries = new EntryBuffer();
        entries.Append("a"u8, default);
        PublishBatchResponse raw = await _server.Channel.CreateCallInvoker().AsyncUnaryCall(
            IngestMethods.PublishBatch, null, new CallOptions(cancellationToken: cancellation), Raw(entries));
        Assert.That(raw, Is.EqualTo(answer));
    }

    [TestCase(1_100_000)]
    [TestCase(6_000_000)]
    public async Task PublishBatch_ThatIsTooLarge_IsRefusedByName(int bytes)
    {
        var request = PublishBatchRequest.Parser.ParseFrom(Batches.Request(Batches.Event("a", bytes)).ToByteArray());
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await _client.PublishBatchAsync(request));
        Assert.That(RefusalStatus.Find(exception!)?.Reason, Is.EqualTo("BATCH_TOO_LARGE"));
    }

    [TestCase(1_100_000)]
    [TestCase(6_000_000)]
    public async Task Publish_ThatIsTooLarge_IsRefusedByNameAfterEarlierAcks(int bytes)
    {
        using var call = _client.Publish();
        await call.RequestStream.WriteAsync(Batches.Request(Batches.Event("a")));
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None), Is.True);

        // The server may refuse it before all of it has come; the write is then cut short, and the answer says why.
        await call.RequestStream.WriteAsync(Batches.Request(Batches.Event("a", bytes)))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.That(RefusalStatus.Find(exception!)?.Reason, Is.EqualTo("BATCH_TOO_LARGE"));
    }

    [Test]
    public async Task PublishBatch_OfBytesThatAreNoProtobuf_IsRefusedByName()
    {
        var method = new Method<byte[], byte[]>(
            MethodType.Unary,
            IngestMethods.ServiceName,
            "PublishBatch",
            Marshallers.Create(bytes => bytes, bytes => bytes),
            Marshallers.Create(bytes => bytes, bytes => bytes));
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await _server.Channel.CreateCallInvoker()
            .AsyncUnaryCall(method, null, default, [0xFF, 0xFF, 0xFF]));
        Assert.That(RefusalStatus.Find(exception!)?.Reason, Is.EqualTo("MALFORMED_MESSAGE"));
    }

    [Test]
    public async Task OpenProducer_ByAGeneratedClient_AnswersWhatTheMachineDecided()
    {
        _coordinator.Answer = input => input is OpenProducer { ProducerId: "p", Reset: true }
            ? new OpenedProducer("p", 3, 8192, [("words", 9)])
            : throw new AssertionException("another question");
        OpenProducerResponse response = await _client.OpenProducerAsync(
            new OpenProducerRequest { ProducerId = "p", Reset = true });
        Assert.That(response, Is.EqualTo(new OpenProducerResponse
        {
            ProducerId = "p",
            ProducerEpoch = 8192,
            Incarnation = 7,
            MaxBatchBytes = 1 << 20,
            MaxBatchEvents = 10_000,
            MaxEventBytes = 1_000_000,
            Topics = { new Protocol.Ingest.V1.TopicSequence { Topic = "words", LastSequence = 9 } },
        }));
    }

    [Test]
    public async Task OpenProducer_Refused_CarriesTheReason()
    {
        _coordinator.Answer = _ => new Refusal(RefusalKind.FailedPrecondition, "PRODUCER_EXPIRED", "It expired.");
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await _client.OpenProducerAsync(new OpenProducerRequest { ProducerId = "p" }));
        Assert.That(RefusalStatus.Find(exception!)?.Reason, Is.EqualTo("PRODUCER_EXPIRED"));
    }

    private static RawPublishRequest Raw(EntryBuffer entries) => new()
    {
        ProducerId = "producer-1",
        ProducerEpoch = 4096,
        Topic = "words",
        FirstSequence = 1,
        Entries = entries.Entries,
    };

    private static void Store(OfferedBatch batch) =>
        batch.Outcome!.Acknowledged(
            batch, batch.FirstSequence + (ulong)batch.Entries.Count - 1, batch.StreamId == 0 ? 1 : 0, 4096);
}
