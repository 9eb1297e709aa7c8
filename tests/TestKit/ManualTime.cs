namespace Millrace.TestKit;

/// <summary>A clock that stands still until it is told to go on; timers fire on the thread that advances it.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return DateTimeOffset.UnixEpoch + _elapsed;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on and fires what is due, each timer at most once.</summary>
    public void Advance(TimeSpan by)
    {
        ManualTimer[] due;
        lock (_lock)
        {
            _elapsed += by;
            due = [.. _timers.Where(timer => timer.IsDue(_elapsed))];
        }

        foreach (ManualTimer timer in due)
        {
            timer.Fire();
        }
    }

    /// <summary>Moves on in steps until the task has ended; fails when it has not after an hour of this
    /// clock.</summary>
    public async Task AdvanceUntilAsync(Task task, TimeSpan step)
    {
        for (TimeSpan done = TimeSpan.Zero; !task.IsCompleted; done += step)
        {
            if (done > TimeSpan.FromHours(1))
            {
                throw new TimeoutException("The task does not end.");
            }

            Advance(step);
            await Task.Yield();
        }
    }

    private sealed class ManualTimer(ManualTime owner, Action callback) : ITimer
    {
        private TimeSpan? _due;
        private TimeSpan _period;

        public bool IsDue(TimeSpan now) => _due <= now;

        public void Fire()
        {
            lock (owner._lock)
            {
                _due = _period > TimeSpan.Zero ? owner._elapsed + _period : null;
            }

            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                _due = dueTime < TimeSpan.Zero ? null : owner._elapsed + dueTime;
                _period = period;
                if (!owner._timers.Contains(this))
                {
                    owner._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
