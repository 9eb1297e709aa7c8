using System.Collections.Concurrent;
using Grpc.Core;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Run;

namespace Millrace.Worker.Stream;

/// <summary>One data stream: a read loop that hands blocks to the run loops and a write loop that asks for
/// more.</summary>
/// <param name="number">Tells this stream's blocks from those of earlier ones.</param>
internal sealed class FetchStream(long number, RunLoops loops, TimeProvider time)
{
    /// <summary>So many returned bytes are worth a message of their own; fewer wait a little for more.</summary>
    private const long WorthTelling = 128 << 10;

    private static readonly TimeSpan _tellInterval = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<FetchRequest> _commands = new();
    private readonly CreditLedger _credits = new();
    private readonly WakeSignal _wake = new();
    private long _subscriptions;
    private volatile bool _hasCredits;

    public long Number { get; } = number;

    /// <summary>The highest journal position of any block that has come. To be read when the stream has
    /// ended.</summary>
    public ulong ReceivedPosition { get; private set; }

    /// <summary>Queued commands are bounded by what the machine asks for: a few for each task.</summary>
    /// <param name="subscribe">Gets its number here.</param>
    public BlockSubscription Subscribe(Subscribe subscribe)
    {
        var subscription = new BlockSubscription(Number, (ulong)Interlocked.Increment(ref _subscriptions));
        subscribe.Subscription = subscription.Number;
        _commands.Enqueue(new FetchRequest { Subscribe = subscribe });
        _wake.Set();
        return subscription;
    }

    public void Unsubscribe(TaskId task, Epoch epoch)
    {
        _commands.Enqueue(new FetchRequest { Unsubscribe = new() { TaskId = task.Value, Epoch = epoch.Value } });
        _wake.Set();
    }

    public void Return(in RawBlock block)
    {
        _hasCredits = true;
        if (_credits.Add(block) >= WorthTelling)
        {
            _wake.Set();
        }
    }

    /// <summary>Runs until the stream ends or is cancelled.</summary>
    public Task RunAsync(
        AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> call,
        FetchOpen opening,
        CancellationToken cancellation) => Halves.RunAsync(
        [
            ending => ReadAsync(call.ResponseStream, ending),
            ending => WriteAsync(call.RequestStream, opening, ending),
            RemindAsync,
        ],
        cancellation);

    private async Task ReadAsync(IAsyncStreamReader<RawFetchResponse> responses, CancellationToken cancellation)
    {
        while (await responses.MoveNext(cancellation).ConfigureAwait(false))
        {
            Failpoint.Hit("W1");
            ReceivedPosition = Math.Max(ReceivedPosition, responses.Current.LastPosition);
            await loops.DeliverAsync(new BlockDelivery(responses.Current, Number), cancellation).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(
        IClientStreamWriter<FetchRequest> requests, FetchOpen opening, CancellationToken cancellation)
    {
        await requests.WriteAsync(new FetchRequest { Open = opening }, cancellation).ConfigureAwait(false);
        while (true)
        {
            await _wake.WaitAsync(cancellation).ConfigureAwait(false);
            while (_commands.TryDequeue(out FetchRequest? command))
            {
                await requests.WriteAsync(command, cancellation).ConfigureAwait(false);
            }

            _hasCredits = false;
            if (_credits.Take() is { } credit)
            {
                await requests.WriteAsync(new FetchRequest { Credit = credit }, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Small amounts are told too, in a while: a sender may wait until nothing is outstanding.</summary>
    private async Task RemindAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_tellInterval, time);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            if (_hasCredits)
            {
                _wake.Set();
            }
        }
    }
}
