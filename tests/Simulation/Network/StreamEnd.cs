using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Network;

/// <summary>One end of a stream. Receives in order; hears once, last of all, that the stream is over.</summary>
internal sealed class StreamEnd
{
    private readonly SimStream _stream;
    private readonly Queue<object> _underWay = new();
    private readonly Queue<object> _held = new();
    private readonly Action _arrive;
    private readonly Action<object> _take;
    private long _lastArrivalUs;
    private int _mayArrive = int.MaxValue;
    private bool _closed;

    public StreamEnd(SimStream stream, string node)
    {
        _stream = stream;
        Node = node;
        // Once for all messages.
        _arrive = Arrive;
        _take = message => Received?.Invoke(message);
    }

    public string Node { get; }

    public Life? Life { get; internal set; }

    public StreamEnd Peer { get; internal set; } = null!;

    /// <summary>Takes the next message.</summary>
    public Action<object>? Received { get; set; }

    /// <summary>The stream is over; nothing comes after this.</summary>
    public Action? Broken { get; set; }

    /// <summary>A message has reached this end's machine; whether anybody there reads it is another matter.</summary>
    public Action<object>? Arrived { get; set; }

    public bool IsOver => _closed || _stream.IsBroken;

    /// <inheritdoc cref="SimStream.BrokenAtUs"/>
    public long? BrokenAtUs => _stream.BrokenAtUs;

    /// <summary>Sends to the other end. Silently lost when the stream is over: the sender cannot know.</summary>
    public void Send(object message)
    {
        if (!IsOver)
        {
            Peer.Travel(message);
        }
    }

    /// <summary>Ends the stream in good order: what is under way arrives first at the other end.</summary>
    public void Close()
    {
        if (!IsOver)
        {
            _closed = true;
            Peer.Travel(EndOfStream.Value);
        }
    }

    /// <summary>This end breaks the stream at once and hears nothing more of it.</summary>
    public void Abort()
    {
        Received = null;
        Broken = null;
        _stream.Break(_stream.Network.Latency());
    }

    internal void Accept(Life life, Action<StreamEnd> accept)
    {
        Life = life;
        Post(_ => accept(this), this);
        ReleaseAllHeld();
    }

    internal void Cut(long noticeDelayUs)
    {
        // What is held is older than what is under way: without it nothing later may arrive.
        _mayArrive = _held.Count > 0 ? 0 : _stream.Network.Prefix(_underWay.Count);
        _held.Clear();
        if (Broken is null && _mayArrive == 0 && Life is not { Paused: true })
        {
            // Nobody listens, and nothing comes that could change that.
            return;
        }

        Scheduler scheduler = _stream.Network.Scheduler;
        long at = Math.Max(_lastArrivalUs + 1, scheduler.NowUs + noticeDelayUs);
        scheduler.After(at - scheduler.NowUs, () => Post(_ => Broken?.Invoke(), this));
    }

    internal void ReleaseHeld(string from, string to)
    {
        if (from == Peer.Node && to == Node && Life is not null)
        {
            ReleaseAllHeld();
        }
    }

    private void ReleaseAllHeld()
    {
        while (_held.TryDequeue(out object? message))
        {
            Receive(message);
        }
    }

    private void Travel(object message)
    {
        Scheduler scheduler = _stream.Network.Scheduler;
        _lastArrivalUs = Math.Max(_lastArrivalUs, scheduler.NowUs + _stream.Network.Latency());
        _underWay.Enqueue(message);
        scheduler.After(_lastArrivalUs - scheduler.NowUs, _arrive);
    }

    private void Arrive()
    {
        // Steps that fall due together may run in any order; the queue is what keeps the stream's own.
        object message = _underWay.Dequeue();
        if (_stream.IsBroken && _mayArrive-- <= 0)
        {
            return;
        }

        bool blocked = !_stream.IsBroken && _stream.Network.IsBlocked(Peer.Node, Node);
        if (Life is null || _held.Count > 0 || blocked)
        {
            _held.Enqueue(message);
            return;
        }

        Receive(message);
    }

    private void Receive(object message)
    {
        if (message is EndOfStream)
        {
            _closed = true;
            _stream.Break(0);
            return;
        }

        Arrived?.Invoke(message);
        Post(_take, message);
    }

    private void Post(Action<object> step, object argument)
    {
        if (Life is { } life)
        {
            _stream.Network.Scheduler.Now(life, step, argument);
        }
    }

    private sealed class EndOfStream
    {
        public static readonly EndOfStream Value = new();
    }
}
