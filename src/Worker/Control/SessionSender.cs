using System.Threading.Channels;
using Grpc.Core;
using Millrace.Common.Failpoints;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Control;

/// <summary>The sending half of one control stream: a bounded queue in front of its write loop.</summary>
/// <param name="givenUp">Cancelled when the session is to end. Never disposed of: it holds no timer, and whoever still
/// has this sender may give up at any time.</param>
internal sealed class SessionSender(
    IClientStreamWriter<SessionRequest> requests, CancellationTokenSource givenUp) : IHeartbeatSink
{
    private const int MaxQueued = 65_536;

    private readonly Channel<SessionRequest> _queue = Channel.CreateBounded<SessionRequest>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true });

    private volatile bool _completed;

    /// <summary>A queue that is full belongs to a coordinator that does not read: the session ends.</summary>
    public void Send(SessionRequest request)
    {
        if (!_queue.Writer.TryWrite(request) && !_completed)
        {
            GiveUp();
        }
    }

    public void TrySend(Heartbeat heartbeat) => Send(new SessionRequest { Heartbeat = heartbeat });

    public void GiveUp() => _ = givenUp.CancelAsync();

    /// <summary>Nothing more is queued; what is, is still written.</summary>
    public void Complete()
    {
        _completed = true;
        _queue.Writer.TryComplete();
    }

    /// <summary>Writes until completed, then ends the stream. A failed write gives the session up.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await WriteAllAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            GiveUp();
            throw;
        }
    }

    private async Task WriteAllAsync(CancellationToken cancellation)
    {
        await foreach (SessionRequest request in _queue.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            await requests.WriteAsync(request, cancellation).ConfigureAwait(false);
            if (request.MessageCase == SessionRequest.MessageOneofCase.Commit)
            {
                Failpoint.Hit("W5");
            }
        }

        await requests.CompleteAsync().ConfigureAwait(false);
    }
}
