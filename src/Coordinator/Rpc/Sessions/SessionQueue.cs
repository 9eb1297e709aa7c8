using System.Collections.Concurrent;
using System.Threading.Channels;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>What is on its way to one worker. The loop puts in and never waits; the session's write loop takes
/// out.</summary>
internal sealed class SessionQueue : ISessionSink
{
    /// <summary>A worker may be given every task of the cluster at once and still read them all.</summary>
    public const int Capacity = 131_072;

    private readonly Channel<Outgoing> _channel = Channel.CreateBounded<Outgoing>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    private readonly CancellationTokenSource _ended = new();
    private readonly TimeSpan _drainTime;

    /// <param name="drainTime">After the end of the session, how long a worker may take to read what is queued.</param>
    public SessionQueue(TimeSpan drainTime)
    {
        _drainTime = drainTime;
    }

    /// <summary>Tasks granted on this session, with their partitions: evidence for commits is looked up by
    /// partition.</summary>
    public ConcurrentDictionary<TaskId, Granted> Grants { get; } = new();

    public ChannelReader<Outgoing> Reader => _channel.Reader;

    /// <summary>Cancelled some time after the end, so that a worker that does not read cannot keep the call
    /// open.</summary>
    public CancellationToken GivenUp => _ended.Token;

    public bool TrySend(ToWorker message)
    {
        if (message is Assign assign)
        {
            Grants[assign.Task] = new Granted(assign.Partition, assign.Restore.Position);
        }

        return _channel.Writer.TryWrite(new Outgoing(message, 0));
    }

    public bool TrySendHeartbeatAck(ulong sequence) => _channel.Writer.TryWrite(new Outgoing(null, sequence));

    public void End(Refusal why) => Complete(new RefusalException(why));

    /// <summary>Nothing more comes; what is queued is still sent. The first end counts.</summary>
    public void Complete(Exception? error = null)
    {
        if (_channel.Writer.TryComplete(error))
        {
            _ended.CancelAfter(_drainTime);
        }
    }
}

/// <summary>One message to a worker, or the answer to one of its heartbeats.</summary>
internal readonly record struct Outgoing(ToWorker? Message, ulong HeartbeatSequence);

/// <param name="Position">A journal position at or below the task's next commit, a frame's end or 0.</param>
internal readonly record struct Granted(PartitionId Partition, ulong Position);
