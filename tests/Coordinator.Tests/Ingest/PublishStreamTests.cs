using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Tests.Ingest;

[CancelAfter(30_000)]
public sealed class PublishStreamTests
{
    private FakeCoordinator _coordinator = null!;
    private FakeReader<OfferedBatch> _requests = null!;
    private FakeWriter<PublishResponse, PublishResponse> _responses = null!;
    private BatchPool _pool = null!;
    private CancellationTokenSource _call = null!;
    private Task _running = null!;

    [SetUp]
    public void Start()
    {
        var limits = new IngestLimits();
        _coordinator = new FakeCoordinator
        {
            Routing = FakeCoordinator.RoutingOf(
                FakeCoordinator.Topic("words", 1, 64, 4), FakeCoordinator.Topic("orders", 2, 64, 4)),
        };
        _requests = new FakeReader<OfferedBatch>();
        _responses = new FakeWriter<PublishResponse, PublishResponse>(response => response.Clone());
        var gates = new IngestGates(limits, TimeProvider.System);
        _pool = new BatchPool(limits, gates.Batches);
        _call = new CancellationTokenSource();
        var parts = new IngestParts(
            _coordinator,
            _coordinator,
            gates,
            _pool,
            new BatchScanner(limits),
            new HotKeys(TimeProvider.System),
            limits,
            NullLogger.Instance);
        _running = new PublishStream(3, parts).RunAsync(_requests, _responses, _call.Token);
    }

    [TearDown]
    public void Stop() => _call.Dispose();

    [Test]
    public async Task Publish_OfABatch_IsOfferedAndAcknowledgedWhenDurable(CancellationToken cancellation)
    {
        Send(1, 5);
        OfferedBatch batch = await _coordinator.NextAsync(cancellation);
        Assert.That((batch.StreamId, batch.FirstSequence, batch.Entries.Count), Is.EqualTo((3ul, 1ul, 5)));
        Assert.That(_responses.TryNext(out _), Is.False, "nothing is acknowledged before it is durable");
        batch.Outcome!.Acknowledged(batch, 5, 0, 8192);
        PublishResponse ack = await _responses.NextAsync();
        Assert.That(
            (ack.Topic, ack.LastSequence, ack.Position, ack.Incarnation), Is.EqualTo(("words", 5ul, 8192ul, 7ul)));
        _requests.End();
        await _running;
    }

    [Test]
    public async Task Publish_WhoseClientDoesNotRead_KeepsOneAckForEachTopic(CancellationToken cancellation)
    {
        await _responses.BlockAsync();
        for (ulong i = 0; i < 50; i++)
        {
            Send(i + 1, 1, i % 2 == 0 ? "words" : "orders");
            OfferedBatch batch = await _coordinator.NextAsync(cancellation);
            batch.Outcome!.Acknowledged(batch, i + 1, 0, i);
        }

        _requests.End();
        _responses.Unblock();
        await _running;
        var acks = new List<PublishResponse>();
        while (_responses.TryNext(out PublishResponse? ack))
        {
            acks.Add(ack!);
        }

        Assert.That(acks, Has.Count.LessThanOrEqualTo(4));
        Assert.That(acks.Last(ack => ack.Topic == "words").LastSequence, Is.EqualTo(49));
        Assert.That(acks.Last(ack => ack.Topic == "orders").LastSequence, Is.EqualTo(50));
    }

    [Test]
    public async Task Publish_EndedByTheClient_WaitsForAllOutcomes(CancellationToken cancellation)
    {
        Send(1, 1);
        OfferedBatch batch = await _coordinator.NextAsync(cancellation);
        _requests.End();
        Assert.That(_running.IsCompleted, Is.False);
        batch.Outcome!.Acknowledged(batch, 1, 0, 1);
        await _running;
        Assert.That(_responses.TryNext(out PublishResponse? ack), Is.True);
        Assert.That(ack!.LastSequence, Is.EqualTo(1));
    }

    [Test]
    public async Task Publish_OfABadBatch_RefusesItAfterTheAcksOfEarlierOnes(CancellationToken cancellation)
    {
        Send(1, 1);
        Send(2, 1, "numbers");
        OfferedBatch batch = await _coordinator.NextAsync(cancellation);
        Assert.That(_running.IsCompleted, Is.False);
        batch.Outcome!.Acknowledged(batch, 1, 0, 1);
        Assert.That((await RefusalAsync()).Reason, Is.EqualTo("NO_SUCH_TOPIC"));
        Assert.That(_responses.TryNext(out PublishResponse? ack), Is.True);
        Assert.That(ack!.LastSequence, Is.EqualTo(1));
    }

    [Test]
    public async Task Publish_RefusedByTheMachine_AcknowledgesNothingLater(CancellationToken cancellation)
    {
        Send(1, 1);
        Send(3, 1);
        Send(1, 1, "orders");
        OfferedBatch first = await _coordinator.NextAsync(cancellation);
        OfferedBatch gap = await _coordinator.NextAsync(cancellation);
        OfferedBatch later = await _coordinator.NextAsync(cancellation);
        first.Outcome!.Acknowledged(first, 1, 0, 1);
        IBatchOutcome outcome = gap.Outcome!;
        outcome.Refused(gap, new Refusal(RefusalKind.FailedPrecondition, "SEQUENCE_GAP", "2 is missing."));
        outcome.Acknowledged(later, 1, 0, 1);
        Assert.That((await RefusalAsync()).Reason, Is.EqualTo("SEQUENCE_GAP"));
        Assert.That(_responses.TryNext(out PublishResponse? ack), Is.True);
        Assert.That((ack!.Topic, ack.LastSequence), Is.EqualTo(("words", 1ul)));
        Assert.That(_responses.TryNext(out _), Is.False);
    }

    [Test]
    public async Task Publish_OfAnotherProducerOnTheSameStream_IsRefused()
    {
        _coordinator.Decide = batch => batch.Outcome!.Acknowledged(batch, 1, 0, 1);
        Send(1, 1);
        Send(2, 1, producer: "producer-2");
        Refusal refusal = await RefusalAsync();
        Assert.That((refusal.Reason, refusal.Metadata["field"]), Is.EqualTo(("BAD_FIELD", "producer_id")));
    }

    [Test]
    public async Task Publish_OfAMessageBeyondTheTransportsLimit_IsRefusedByName()
    {
        _requests.End(new RpcException(new Status(StatusCode.ResourceExhausted, "too large")));
        Assert.That((await RefusalAsync()).Reason, Is.EqualTo("BATCH_TOO_LARGE"));
    }

    [Test]
    public async Task Publish_WhoseClientVanishes_EndsAndTakesLateOutcomes(CancellationToken cancellation)
    {
        Send(1, 1);
        OfferedBatch batch = await _coordinator.NextAsync(cancellation);
        IBatchOutcome outcome = batch.Outcome!;
        await _call.CancelAsync();
        await _running;
        outcome.Acknowledged(batch, 1, 0, 1);
        Assert.That(batch.Entries.Buffer, Is.Empty, "the buffer is back in the pool");
    }

    private void Send(ulong firstSequence, int count, string topic = "words", string producer = "producer-1")
    {
        PublishRequest request = Batches.Request([.. Enumerable.Repeat(Batches.Event("k"), count)]);
        request.FirstSequence = firstSequence;
        request.Topic = topic;
        request.ProducerId = producer;
        _requests.Send(Batches.Receive(_pool, request.ToByteArray()));
    }

    private async Task<Refusal> RefusalAsync()
    {
        try
        {
            await _running;
        }
        catch (RpcException exception)
        {
            return RefusalStatus.Find(exception)!;
        }

        throw new AssertionException("The stream was not refused.");
    }
}
