using Grpc.Core;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core.Intake;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Ingest;

/// <summary>
/// One Publish call. The read loop scans batches and offers them; the write loop sends acks; outcomes arrive on the
/// coordinator's loop in between and only leave a note. What waits to be sent is one number per topic, so it is
/// bounded.
/// </summary>
internal sealed class PublishStream(ulong id, IngestParts parts) : IBatchOutcome
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PendingAck> _acks = new(StringComparer.Ordinal);
    private readonly Queue<PendingAck> _queue = new();
    private readonly WakeSignal _wake = new();
    private readonly BatchNames _names = new();
    private readonly IntakeFlow _flow = new();
    private string? _producerId;
    private ulong _producerEpoch;
    private int _outstanding;
    private bool _readingEnded;

    /// <summary>Said by the machine: nothing after it on this stream is acknowledged.</summary>
    private Refusal? _refusal;

    /// <summary>Found while scanning: told when all earlier batches have their outcome.</summary>
    private Refusal? _badBatch;

    /// <summary>Serves the call to its end.</summary>
    /// <exception cref="RpcException">A batch was refused; all acks of earlier ones were sent before.</exception>
    public async Task RunAsync(
        IAsyncStreamReader<OfferedBatch> requests,
        IServerStreamWriter<PublishResponse> responses,
        CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task reading = ReadAsync(requests, stop.Token);
        Task writing = WriteAsync(responses, stop.Token);
        await Task.WhenAny(reading, writing);
        if (!reading.IsCompleted || reading.IsCompletedSuccessfully)
        {
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await stop.CancelAsync();
        await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if ((_refusal ?? _badBatch) is { } refusal && !cancellation.IsCancellationRequested)
        {
            parts.Log.PublishRefused(id, _producerId ?? "", refusal.Reason, refusal.Message);
            throw refusal.ToRpcException();
        }

        try
        {
            await reading;
            await writing;
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The producer has left. What it offered is stored all the same; it asks how far it came when it returns.
        }
    }

    public void Acknowledged(OfferedBatch batch, ulong lastSequence, int repeats, ulong position)
    {
        string topic = batch.Topic!.Name;
        parts.Pool.Return(batch);
        lock (_gate)
        {
            _outstanding--;
            if (_refusal is null)
            {
                Note(topic, lastSequence, position);
            }
        }

        _wake.Set();
    }

    public void Refused(OfferedBatch batch, Refusal refusal)
    {
        parts.Pool.Return(batch);
        lock (_gate)
        {
            _outstanding--;
            _refusal ??= refusal;
        }

        _wake.Set();
    }

    private void Note(string topic, ulong lastSequence, ulong position)
    {
        if (!_acks.TryGetValue(topic, out PendingAck? ack))
        {
            _acks[topic] = ack = new PendingAck(topic);
        }

        ack.Raise(lastSequence, position);
        if (!ack.Queued)
        {
            ack.Queued = true;
            _queue.Enqueue(ack);
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<OfferedBatch> requests, CancellationToken cancellation)
    {
        try
        {
            while (await requests.MoveNext(cancellation))
            {
                Failpoint.Hit("I1");
                OfferedBatch batch = requests.Current;
                if (Check(batch) is { } refusal)
                {
                    parts.Pool.Return(batch);
                    EndReading(refusal);
                    return;
                }

                parts.HotKeys.Observe(batch);
                await OfferAsync(batch, cancellation);
            }

            EndReading(null);
        }
        catch (RefusalException refused)
        {
            EndReading(refused.Refusal);
        }
        catch (RpcException tooLarge) when (tooLarge.StatusCode == StatusCode.ResourceExhausted)
        {
            EndReading(IngestRefusals.BatchTooLarge(parts.Limits.MaxBatchBytes));
        }
    }

    private Refusal? Check(OfferedBatch batch)
    {
        if (parts.Scanner.Scan(batch, parts.Loop.Routing, _names) is { } refusal)
        {
            return refusal;
        }

        if (_producerId is null)
        {
            _producerId = batch.ProducerId;
            _producerEpoch = batch.ProducerEpoch;
        }

        return batch.ProducerId == _producerId && batch.ProducerEpoch == _producerEpoch
            ? null
            : IngestRefusals.OtherProducer(_producerId);
    }

    /// <summary>While it waits nothing more is read: the transport's flow control slows the producer down.</summary>
    private async ValueTask OfferAsync(OfferedBatch batch, CancellationToken cancellation)
    {
        try
        {
            await parts.Gates.PassAsync(batch, _flow, Timeout.InfiniteTimeSpan, cancellation);
            batch.StreamId = id;
            batch.Outcome = this;
            lock (_gate)
            {
                _outstanding++;
            }

            await parts.Intake.OfferAsync(batch, cancellation);
        }
        catch
        {
            parts.Pool.Return(batch);
            throw;
        }
    }

    private void EndReading(Refusal? badBatch)
    {
        lock (_gate)
        {
            _readingEnded = true;
            _badBatch = badBatch;
        }

        _wake.Set();
    }

    private async Task WriteAsync(IServerStreamWriter<PublishResponse> responses, CancellationToken cancellation)
    {
        var response = new PublishResponse { Incarnation = parts.Loop.Incarnation };
        while (true)
        {
            bool last = IsLast();
            while (TryTake(response))
            {
                Failpoint.Hit("I5");
                await responses.WriteAsync(response, cancellation);
            }

            if (last)
            {
                return;
            }

            await _wake.WaitAsync(cancellation);
        }
    }

    /// <summary>Nothing will be noted after what is queued now.</summary>
    private bool IsLast()
    {
        lock (_gate)
        {
            return _refusal is not null || (_readingEnded && _outstanding == 0);
        }
    }

    private bool TryTake(PublishResponse response)
    {
        lock (_gate)
        {
            if (!_queue.TryDequeue(out PendingAck? ack))
            {
                return false;
            }

            ack.Queued = false;
            response.Topic = ack.Topic;
            response.LastSequence = ack.LastSequence;
            response.Position = ack.Position;
            return true;
        }
    }
}
