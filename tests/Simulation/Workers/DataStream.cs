using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Worker.Run;
using Millrace.Worker.Stream;

namespace Millrace.Simulation.Workers;

/// <summary>A worker's end of one data stream; tells used bytes now and then, as the real one does.</summary>
internal sealed class DataStream
{
    private const long TellUs = 20_000;

    private readonly CreditLedger _credits = new();
    private readonly StreamEnd _end;
    private readonly WorkerNode _node;
    private readonly Action _tell;
    private ulong _subscriptions;
    private bool _telling;

    public DataStream(long number, StreamEnd end, WorkerNode node)
    {
        Number = number;
        _end = end;
        _node = node;
        _tell = Tell;
    }

    /// <summary>Tells this stream's blocks from those of earlier ones.</summary>
    public long Number { get; }

    public void Send(object message) => _end.Send(message);

    public BlockSubscription Subscribe(TaskId task, Epoch epoch, ulong position, ulong nextOffset)
    {
        var subscription = new BlockSubscription(Number, ++_subscriptions);
        Send(new FetchSubscribe(
            task, epoch, subscription.Number, position, nextOffset, _node.World.Options.CreditBytes));
        return subscription;
    }

    public void Return(in RawBlock block)
    {
        _credits.Add(block);
        if (!_telling)
        {
            _telling = true;
            _node.World.Scheduler.After(_node.Random.Between(0L, TellUs), _node.Life!, _tell);
        }
    }

    private void Tell()
    {
        _telling = false;
        if (_credits.Take() is { } credit)
        {
            Send(new FetchCredits(
                [.. credit.Tasks.Select(t => (new TaskId(t.TaskId), new Epoch(t.Epoch), t.Subscription, t.Bytes))]));
        }
    }
}
