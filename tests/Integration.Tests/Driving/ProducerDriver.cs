using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Millrace.Integration.Tests.Checks;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Integration.Tests.Driving;

/// <summary>
/// One producer that sends its events through every fault: it keeps its id and sequences, and after a broken stream it
/// goes on from the last ack, with other batch cuts, so that retries overlap what was stored.
/// </summary>
internal sealed class ProducerDriver(
    GrpcChannel channel, string id, string topic, Workload workload, HistoryFile history, Pace pace)
    : IDriver
{
    private const int Window = 60;

    private static readonly int[] Cuts = [7, 10, 3, 16, 25];

    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly IngestService.IngestServiceClient _client = new(channel);
    private ulong _epoch;
    private long _acked;
    private int _attempts;

    public string Id => id;

    public IEnumerable<string> Refusals => _refusals;

    /// <inheritdoc/>
    /// <remarks>After it was cancelled it can be called again and goes on.</remarks>
    /// <exception cref="RpcException">The coordinator refused something: never expected here.</exception>
    public async Task RunAsync(long total, CancellationToken cancellation)
    {
        using var retry = new PeriodicTimer(TimeSpan.FromMilliseconds(30));
        while (_acked < total)
        {
            try
            {
                if (_epoch == 0)
                {
                    OpenProducerResponse opened = await _client.OpenProducerAsync(
                        new OpenProducerRequest { ProducerId = id }, cancellationToken: cancellation);
                    _epoch = opened.ProducerEpoch;
                }

                _attempts++;
                await StreamAsync(total, cancellation);
            }
            catch (RpcException error) when (Faults.IsTransient(error) && !cancellation.IsCancellationRequested)
            {
                if (Faults.Reason(error) is { Length: > 0 } reason)
                {
                    _refusals.Enqueue($"{error.StatusCode} {reason}");
                }

                await retry.WaitForNextTickAsync(cancellation);
            }
        }
    }

    private async Task StreamAsync(long total, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using AsyncDuplexStreamingCall<PublishRequest, PublishResponse> call =
            _client.Publish(cancellationToken: ended.Token);
        using var acks = new SemaphoreSlim(0);
        Task reading = ReadAcksAsync(call.ResponseStream, acks, cancellation);
        try
        {
            await SendAsync(call.RequestStream, total, acks, reading, cancellation);
            await reading;
        }
        catch (Exception error) when (error is not RpcException && !cancellation.IsCancellationRequested)
        {
            // A write to a broken stream says little; the reading side has the status.
            await reading.WaitAsync(TimeSpan.FromSeconds(60), cancellation);
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(
        IClientStreamWriter<PublishRequest> stream,
        long total,
        SemaphoreSlim acks,
        Task reading,
        CancellationToken cancel)
    {
        long next = _acked + 1;
        for (int i = _attempts; next <= total && !reading.IsCompleted; i++)
        {
            int count = (int)Math.Min(Cuts[i % Cuts.Length], total - next + 1);
            while (next + count - 1 - Interlocked.Read(ref _acked) > Window && !reading.IsCompleted)
            {
                await acks.WaitAsync(cancel);
            }

            await pace.WaitAsync(count, cancel);
            var request = new PublishRequest
            {
                ProducerId = id,
                ProducerEpoch = _epoch,
                Topic = topic,
                FirstSequence = (ulong)next,
            };
            for (int n = 0; n < count; n++)
            {
                request.Events.Add(workload.Make(id, next + n));
            }

            history.Invoke(workload, id, next, count);
            await stream.WriteAsync(request, cancel);
            next += count;
        }

        if (!reading.IsCompleted)
        {
            await stream.CompleteAsync();
        }
    }

    private async Task ReadAcksAsync(
        IAsyncStreamReader<PublishResponse> stream, SemaphoreSlim acks, CancellationToken cancellation)
    {
        try
        {
            while (await stream.MoveNext(cancellation))
            {
                long last = (long)stream.Current.LastSequence;
                history.Acknowledge(
                    new Acknowledged(id, last, stream.Current.Position, stream.Current.Incarnation),
                    Math.Max(0, last - _acked));
                Interlocked.Exchange(ref _acked, Math.Max(last, _acked));
                acks.Release();
            }
        }
        finally
        {
            acks.Release();
        }
    }
}
