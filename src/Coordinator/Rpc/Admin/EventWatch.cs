using System.Threading.Channels;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Events;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>One reader of cluster events. It is cut when it does not keep up: events are never skipped
/// silently.</summary>
internal sealed class EventWatch : IDisposable
{
    private const int Capacity = 1_024;

    private readonly Channel<ClusterEvent> _channel = Channel.CreateBounded<ClusterEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    private readonly ulong _after;
    private readonly Action<EventWatch> _forget;

    /// <param name="after">Only events of later revisions are for this reader.</param>
    /// <param name="forget">Called when the reader leaves.</param>
    public EventWatch(ulong after, Action<EventWatch> forget)
    {
        _after = after;
        _forget = forget;
    }

    public ChannelReader<ClusterEvent> Events => _channel.Reader;

    public void Offer(ClusterEvent raised)
    {
        if (raised.Revision > _after && !_channel.Writer.TryWrite(raised))
        {
            End(new Refusal(
                RefusalKind.ResourceExhausted,
                "WATCH_TOO_SLOW",
                $"More than {Capacity} events wait to be read; list the events and watch again."));
        }
    }

    public void End(Refusal why) => _channel.Writer.TryComplete(new RefusalException(why));

    public void Dispose() => _forget(this);
}
