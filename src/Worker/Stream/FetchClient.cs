using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Control;
using Millrace.Worker.Core;
using Millrace.Worker.Logs;
using Millrace.Worker.Run;

namespace Millrace.Worker.Stream;

/// <summary>The data streams of one session after another; tasks subscribe to whichever is open.</summary>
internal sealed class FetchClient(WorkerLoop loop, WorkerClock clock, ILogger logger) : ISessionStream, IBlockSource
{
    /// <summary>All tasks together are allowed about so many bytes on their way.</summary>
    private const int PoolBytes = 64 << 20;

    private const int MinCreditBytes = 256 << 10;
    private const int MaxCreditBytes = 2 << 20;

    private readonly ReconnectDelay _delay = new(new Random());
    private RunLoops? _loops;
    private volatile FetchStream? _open;
    private long _lastNumber;

    /// <summary>Says where blocks go. Before the first session.</summary>
    public void Connect(RunLoops loops) => _loops = loops;

    public BlockSubscription Subscribe(TaskId task, Epoch epoch, ulong position, ulong nextOffset)
    {
        if (_open is not { } stream)
        {
            return default;
        }

        return stream.Subscribe(new Subscribe
        {
            TaskId = task.Value,
            Epoch = epoch.Value,
            Position = position,
            NextOffset = nextOffset,
            CreditBytes = (uint)Math.Clamp(PoolBytes / Math.Max(1, _loops!.TaskCount), MinCreditBytes, MaxCreditBytes),
        });
    }

    public void Unsubscribe(TaskId task, Epoch epoch) => _open?.Unsubscribe(task, epoch);

    public void Return(long stream, in RawBlock block)
    {
        if (_open is { } open && open.Number == stream)
        {
            open.Return(block);
        }
    }

    public async Task RunAsync(OpenSession session, CancellationToken cancellation)
    {
        bool again = false;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(session, again, cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (error is RpcException or IOException or OperationCanceledException
                or InvalidOperationException)
            {
                _open = null;
                if (!cancellation.IsCancellationRequested)
                {
                    logger.StreamBroken("data", error.Message);
                }
            }

            again = true;
            _open = null;
            await Task.Delay(_delay.Next(), clock.Time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunOnceAsync(OpenSession session, bool again, CancellationToken cancellation)
    {
        using AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> call = session.Connections.Fetch(cancellation);
        var stream = new FetchStream(++_lastNumber, _loops!, clock.Time);
        _open = stream;
        if (again)
        {
            await loop.PostAsync(new DataStreamReset(), cancellation).ConfigureAwait(false);
        }
        else
        {
            _delay.Reset();
        }

        try
        {
            await stream.RunAsync(call, session.Opening, cancellation).ConfigureAwait(false);
        }
        finally
        {
            loop.Post(new DataStreamEnded(stream.ReceivedPosition));
        }
    }
}
