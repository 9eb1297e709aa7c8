namespace Millrace.Worker.Run;

/// <summary>
/// What waits for a run loop: commands, which go first, and deliveries of blocks, which wait while the lease is over.
/// Both are bounded: commands by refusal, deliveries by letting the stream's reader wait (credits make that rare).
/// </summary>
internal sealed class RunMailbox(int maxCommands, int maxDeliveries)
{
    private readonly object _lock = new();
    private readonly Queue<RunCommand> _commands = [];
    private readonly Queue<BlockDelivery> _deliveries = [];
    private TaskCompletionSource? _room;
    private bool _closed;

    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _closed;
            }
        }
    }

    /// <summary>A delivery would not have to wait.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _closed || _deliveries.Count < maxDeliveries;
            }
        }
    }

    /// <summary>False: full, or closed.</summary>
    public bool TryPost(RunCommand command)
    {
        lock (_lock)
        {
            if (_closed || _commands.Count >= maxCommands)
            {
                return false;
            }

            _commands.Enqueue(command);
            Monitor.Pulse(_lock);
            return true;
        }
    }

    /// <summary>Waits while there is no room. A delivery to a closed mailbox is released.</summary>
    public async ValueTask DeliverAsync(BlockDelivery delivery, CancellationToken cancellation)
    {
        while (TryDeliver(delivery) is { } room)
        {
            await room.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    public bool TryTakeCommand(out RunCommand? command)
    {
        lock (_lock)
        {
            return _commands.TryDequeue(out command);
        }
    }

    public bool TryTakeDelivery(out BlockDelivery delivery)
    {
        lock (_lock)
        {
            if (!_deliveries.TryDequeue(out delivery))
            {
                return false;
            }

            if (_room is not null && _deliveries.Count <= maxDeliveries / 2)
            {
                _room.TrySetResult();
                _room = null;
            }

            return true;
        }
    }

    /// <summary>There is a command, or a delivery if they are wanted.</summary>
    public bool HasWork(bool deliveriesWanted)
    {
        lock (_lock)
        {
            return _commands.Count > 0 || (deliveriesWanted && _deliveries.Count > 0);
        }
    }

    /// <summary>Returns when there is a command, or a delivery if they are wanted, or the time is up. False:
    /// closed.</summary>
    public bool Wait(bool deliveriesWanted, TimeSpan atMost)
    {
        lock (_lock)
        {
            if (!_closed && !HasWork(deliveriesWanted))
            {
                Monitor.Wait(_lock, atMost);
            }

            return !_closed;
        }
    }

    /// <summary>Releases what is left; nothing is taken any more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _room?.TrySetResult();
            _room = null;
            while (_deliveries.TryDequeue(out BlockDelivery delivery))
            {
                delivery.Response.Release();
            }

            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Null: done. Else what to wait for.</summary>
    private Task? TryDeliver(BlockDelivery delivery)
    {
        lock (_lock)
        {
            if (_closed)
            {
                delivery.Response.Release();
                return null;
            }

            if (_deliveries.Count >= maxDeliveries)
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _room.Task;
            }

            _deliveries.Enqueue(delivery);
            Monitor.Pulse(_lock);
            return null;
        }
    }
}
