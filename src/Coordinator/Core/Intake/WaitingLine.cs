namespace Millrace.Coordinator.Core.Intake;

/// <summary>What became of one who asked to come in.</summary>
internal enum Entrance
{
    /// <summary>It is inside.</summary>
    Open,

    /// <summary>It waits for its turn.</summary>
    Waits,

    /// <summary>Too much waits already.</summary>
    Full,
}

/// <summary>
/// A bound on what is inside, and in front of it a bounded line. Those who wait come in by start-time fair queueing:
/// flows that always want more get the same amount each, whatever the size of their pieces, and none waits for ever.
/// Something larger than the bound comes in alone. Single-threaded; never looks at a clock.
/// </summary>
/// <param name="capacity">The most that may be inside, in the line's unit.</param>
/// <param name="mostWaiting">The most that may wait, in the same unit.</param>
internal sealed class WaitingLine<T>(long capacity, long mostWaiting)
    where T : class
{
    private readonly PriorityQueue<Waiter, (long Start, long Order)> _line = new();
    private readonly Dictionary<T, Waiter> _waiting = [];
    private long _virtualTime;
    private long _order;

    /// <summary>What is inside.</summary>
    public long Inside { get; private set; }

    /// <summary>What waits, in the line's unit.</summary>
    public long Waiting { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Comes in if it need not wait.</summary>
    /// <param name="flow">Whose share it counts against.</param>
    public bool TryEnter(IntakeFlow flow, long size)
    {
        if (Count > 0 || (Inside > 0 && Inside + size > capacity))
        {
            return false;
        }

        Take(Tag(flow, size), size);
        return true;
    }

    /// <param name="flow">Whose share it counts against.</param>
    /// <param name="ticket">Returned by <see cref="TryNext"/> if it has to wait.</param>
    public Entrance Enter(IntakeFlow flow, long size, T ticket)
    {
        if (TryEnter(flow, size))
        {
            return Entrance.Open;
        }

        if (Waiting + size > mostWaiting)
        {
            return Entrance.Full;
        }

        var waiter = new Waiter(ticket, size, Tag(flow, size));
        _line.Enqueue(waiter, (waiter.Start, _order++));
        _waiting.Add(ticket, waiter);
        Waiting += size;
        return Entrance.Waits;
    }

    /// <summary>What was inside is gone. <see cref="TryNext"/> is to follow until it finds nobody.</summary>
    public void Leave(long size) => Inside -= size;

    /// <summary>Lets in the next of those who wait, if there is room for it.</summary>
    public bool TryNext(out T? ticket)
    {
        while (_line.TryPeek(out Waiter? next, out _))
        {
            if (next.IsGone)
            {
                _line.Dequeue();
                continue;
            }

            if (Inside > 0 && Inside + next.Size > capacity)
            {
                break;
            }

            _line.Dequeue();
            Forget(next);
            Take(next.Start, next.Size);
            ticket = next.Ticket;
            return true;
        }

        ticket = null;
        return false;
    }

    /// <summary>It waits no longer. False: it did not wait any more. <see cref="TryNext"/> is to follow, as another
    /// may fit where this one did not.</summary>
    public bool Withdraw(T ticket)
    {
        if (!_waiting.TryGetValue(ticket, out Waiter? waiter))
        {
            return false;
        }

        waiter.IsGone = true;
        Forget(waiter);
        return true;
    }

    private long Tag(IntakeFlow flow, long size)
    {
        long start = Math.Max(_virtualTime, flow.Finish);
        flow.Finish = start + size;
        return start;
    }

    private void Take(long start, long size)
    {
        _virtualTime = Math.Max(_virtualTime, start);
        Inside += size;
    }

    private void Forget(Waiter waiter)
    {
        _waiting.Remove(waiter.Ticket);
        Waiting -= waiter.Size;
    }

    private sealed class Waiter(T ticket, long size, long start)
    {
        public T Ticket { get; } = ticket;

        public long Size { get; } = size;

        public long Start { get; } = start;

        public bool IsGone { get; set; }
    }
}
