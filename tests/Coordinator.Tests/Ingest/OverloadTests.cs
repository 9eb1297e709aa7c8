using System.Collections.Concurrent;
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

/// <summary>More than can become durable, by real streams; the test stands in for the loop and its disk.</summary>
[CancelAfter(60_000)]
public sealed class OverloadTests
{
    private const int ValueBytes = 8 << 10;
    private const int BatchesEach = 20;

    private FakeCoordinator _coordinator = null!;
    private IngestHandlers _handlers = null!;
    private LoopbackServer _server = null!;
    private IngestService.IngestServiceClient _client = null!;

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    /// <summary>No stream is refused and none starves: what waits is one batch a stream, the rest stays with its
    /// sender.</summary>
    [Test]
    public async Task Row14_Publish_OfMoreThanMayBeUnderWay_IsSlowedDown(CancellationToken cancellation)
    {
        await StartAsync(new IngestLimits { MaxPendingBytes = 256 << 10 });
        Task<ulong>[] streams = [.. Enumerable.Range(0, 12).Select(_ => SendAsync(cancellation))];
        int left = streams.Length * BatchesEach;
        var offered = new List<OfferedBatch>();
        int waited = 0;
        while (left > 0)
        {
            while (_coordinator.TryNext(out OfferedBatch? batch))
            {
                offered.Add(batch!);
            }

            IntakePressure pressure = _handlers.Gates.Batches.Look();
            Assert.That(pressure.Inside, Is.LessThanOrEqualTo(256 << 10));
            Assert.That(pressure.Waiting, Is.LessThanOrEqualTo(streams.Length));
            await Task.Yield();

            // nothing becomes durable until somebody has to wait, or all that is left has come
            if (pressure.Waiting > 0 || offered.Count == left)
            {
                waited += pressure.Waiting;
                left -= offered.Count;
                offered.ForEach(Store);
                offered.Clear();
            }
        }

        Assert.That(waited, Is.GreaterThan(streams.Length));

        Assert.That(await Task.WhenAll(streams), Has.All.EqualTo(BatchesEach));
        Assert.That(_handlers.Gates.Batches.Look(), Is.EqualTo(new IntakePressure(0, 256 << 10, 0, default, 0)));
        Assert.That(_handlers.Gates.Streams, Is.Zero);
    }

    [Test]
    public async Task Row41_Publish_WhenTooMuchWaits_IsRefusedAfterTheAcksOfEarlierBatches(
        CancellationToken cancellation)
    {
        await StartAsync(new IngestLimits { MaxPendingBytes = 10 << 10 });
        using var first = _client.Publish(cancellationToken: cancellation);
        await first.RequestStream.WriteAsync(Batch(1), cancellation);
        OfferedBatch inside = await _coordinator.NextAsync(cancellation);
        await first.RequestStream.WriteAsync(Batch(2), cancellation);
        while (_handlers.Gates.Batches.Look().Waiting == 0)
        {
            await Task.Yield();
        }

        using var second = _client.Publish(cancellationToken: cancellation);
        await second.RequestStream.WriteAsync(Batch(1), cancellation);
        RpcException exception = (await Assert.ThrowsAsync<RpcException>(
            () => second.ResponseStream.MoveNext(cancellation)))!;
        Refusal refusal = RefusalStatus.Find(exception)!;
        Assert.That((exception.StatusCode, refusal.Reason), Is.EqualTo((StatusCode.ResourceExhausted, "OVERLOADED")));
        Assert.That(refusal.RetryAfter, Is.InRange(IntakeGate.SoonestRetry, IntakeGate.LatestRetry));
        Store(inside);
        Store(await _coordinator.NextAsync(cancellation));
        Assert.That(await first.ResponseStream.MoveNext(cancellation), Is.True);
    }

    [Test]
    public async Task Row41_Publish_OnMoreStreamsThanThereMayBe_IsRefusedUntilOneEnds(CancellationToken cancellation)
    {
        await StartAsync(new IngestLimits { MaxStreams = 1 });
        _coordinator.Decide = Store;
        using (var first = _client.Publish(cancellationToken: cancellation))
        {
            await first.RequestStream.WriteAsync(Batch(1), cancellation);
            Assert.That(await first.ResponseStream.MoveNext(cancellation), Is.True);
            Assert.That(await ReasonAsync(cancellation), Is.EqualTo("OVERLOADED"));
            Assert.That(_handlers.Gates.Refused, Is.EqualTo(1));
            await first.RequestStream.CompleteAsync();
            Assert.That(await first.ResponseStream.MoveNext(cancellation), Is.False);
        }

        Assert.That(await SendAsync(cancellation), Is.EqualTo(BatchesEach));
    }

    /// <summary>Each opening is a record: only so many are under way, and who comes on top waits in line.</summary>
    [Test]
    public async Task Row41_OpenProducer_ByAThousandAtOnce_ReachesTheLoopAFewAtATime(CancellationToken cancellation)
    {
        const int Producers = 1000;
        const int AtATime = 16;
        await StartAsync(new IngestLimits { MaxOpening = AtATime, MaxCallWait = TimeSpan.FromMinutes(1) });
        var asked = new ConcurrentQueue<(OpenProducer Input, TaskCompletionSource<object> Answer)>();
        _coordinator.AnswerLater = input =>
        {
            var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
            asked.Enqueue(((OpenProducer)input, answer));
            return answer.Task;
        };
        var opening = Task.WhenAll(Enumerable.Range(0, Producers).Select(i => _client.OpenProducerAsync(
            new OpenProducerRequest { ProducerId = $"p-{i}" }, cancellationToken: cancellation).ResponseAsync));
        for (int left = Producers; left > 0;)
        {
            await Task.Yield();
            Assert.That(asked, Has.Count.LessThanOrEqualTo(AtATime));
            if (asked.Count < Math.Min(AtATime, left))
            {
                continue;
            }

            for (int i = asked.Count; i > 0 && asked.TryDequeue(out var next); i--, left--)
            {
                next.Answer.SetResult(new OpenedProducer(next.Input.ProducerId, 1, 4096, []));
            }
        }

        Assert.That((await opening).Select(o => o.ProducerId).Distinct().Count(), Is.EqualTo(Producers));
        Assert.That(_handlers.Gates.Opening.Look(), Is.EqualTo(new IntakePressure(0, AtATime, 0, default, 0)));
    }

    private static NullLogger<IngestHandlers> Log => NullLogger<IngestHandlers>.Instance;

    private static PublishRequest Batch(ulong sequence)
    {
        PublishRequest request = Batches.Request(Batches.Event("k", ValueBytes));
        request.FirstSequence = sequence;
        return request;
    }

    private static void Store(OfferedBatch batch) =>
        batch.Outcome!.Acknowledged(batch, batch.FirstSequence + (ulong)batch.Entries.Count - 1, 0, 4096);

    private async Task StartAsync(IngestLimits limits)
    {
        _coordinator = new FakeCoordinator();
        _handlers = new IngestHandlers(_coordinator, _coordinator, limits, TimeProvider.System, Log);
        _server = await LoopbackServer.StartAsync(_handlers.Define());
        _client = new IngestService.IngestServiceClient(_server.Channel);
    }

    /// <returns>The last sequence that was acknowledged.</returns>
    private async Task<ulong> SendAsync(CancellationToken cancellation)
    {
        using var call = _client.Publish(cancellationToken: cancellation);
        for (ulong i = 1; i <= BatchesEach; i++)
        {
            await call.RequestStream.WriteAsync(Batch(i), cancellation);
        }

        await call.RequestStream.CompleteAsync();
        ulong last = 0;
        await foreach (PublishResponse ack in call.ResponseStream.ReadAllAsync(cancellation))
        {
            last = ack.LastSequence;
        }

        return last;
    }

    private async Task<string> ReasonAsync(CancellationToken cancellation)
    {
        using var call = _client.Publish(cancellationToken: cancellation);
        RpcException exception = (await Assert.ThrowsAsync<RpcException>(
            () => call.ResponseStream.MoveNext(cancellation)))!;
        return RefusalStatus.Find(exception)!.Reason;
    }
}
