using System.Threading.Channels;
using Grpc.Core;
using Millrace.Client.Core;
using Millrace.Client.Errors;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Client.Producing;

/// <summary>
/// One Publish stream: the batches of one topic in one attempt. Batches are written by one loop and acks are read by
/// another, so several batches are on their way at a time.
/// </summary>
internal sealed class PublishStream
{
    /// <summary>How long the coordinator's own word on why the stream ended is waited for after a failed
    /// write.</summary>
    private static readonly TimeSpan _lastWord = TimeSpan.FromMilliseconds(500);

    private readonly SendLedger _ledger;
    private readonly ProducerMachine _machine;
    private readonly int _attempt;
    private readonly ProducerLane _lane;
    private readonly string _producerId;
    private readonly ulong _epoch;
    private readonly Channel<OutBatch> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private Exception? _broken;

    /// <param name="capacity">No more batches than this are handed over before their acks.</param>
    public PublishStream(
        SendLedger ledger, ProducerMachine machine, CallInvoker invoker, int attempt, ProducerLane lane, int capacity)
    {
        _ledger = ledger;
        _machine = machine;
        _attempt = attempt;
        _lane = lane;
        _producerId = machine.ProducerId;
        _epoch = machine.Epoch;
        _queue = Channel.CreateBounded<OutBatch>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _run = Task.Run(() => RunAsync(invoker));
    }

    /// <summary>Under the producer's lock.</summary>
    public void Send(OutBatch batch)
    {
        if (!_queue.Writer.TryWrite(batch))
        {
            throw new InvalidOperationException("More batches are in flight than the window allows.");
        }
    }

    /// <summary>Nothing more is sent; the stream ends when the coordinator has acknowledged the rest.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>May come after the end: the source is left to the collector, for nothing waits on its handle.</summary>
    public void Cancel() => _stop.Cancel();

    /// <summary>Done when no loop of the stream touches a batch any more.</summary>
    public Task Ended => _run;

    private async Task RunAsync(CallInvoker invoker)
    {
        Refusal? ended = null;
        Task writing = Task.CompletedTask;
        try
        {
            using AsyncDuplexStreamingCall<RawPublishRequest, PublishResponse> call = invoker.AsyncDuplexStreamingCall(
                IngestMethods.Publish, null, new CallOptions(cancellationToken: _stop.Token));
            writing = WriteAsync(call.RequestStream);
            ended = await ReadAsync(call.ResponseStream).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it was: a stream whose end is not reported would hold its events for ever.
            ended = RpcErrors.Refusal(e);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        ended = _broken is { } broken && ended is { Reason: RpcErrors.EndedHere } ? RpcErrors.Refusal(broken) : ended;
        _ledger.Tell((now, effects) => _machine.StreamEnded(_attempt, _lane, ended, now, effects));
    }

    private async Task<Refusal?> ReadAsync(IAsyncStreamReader<PublishResponse> acks)
    {
        var finished = new List<Finished>();
        while (await acks.MoveNext(_stop.Token).ConfigureAwait(false))
        {
            PublishResponse ack = acks.Current;
            _ledger.Acked(_attempt, _lane, ack.LastSequence, ack.Position, finished);
        }

        return null;
    }

    /// <summary>Never throws: what went wrong is reported when the reading side, which it ends, has ended.</summary>
    private async Task WriteAsync(IClientStreamWriter<RawPublishRequest> requests)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                while (_queue.Reader.TryRead(out OutBatch? batch))
                {
                    await requests.WriteAsync(Request(batch), _stop.Token).ConfigureAwait(false);
                }
            }

            await requests.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // IOException, for one, when the connection breaks under a write.
            _broken = e;
            _stop.CancelAfter(_lastWord);
        }
    }

    private RawPublishRequest Request(OutBatch batch) => new()
    {
        ProducerId = _producerId,
        ProducerEpoch = _epoch,
        Topic = _lane.Topic,
        FirstSequence = batch.FirstSequence,
        Entries = batch.Entries,
    };
}
