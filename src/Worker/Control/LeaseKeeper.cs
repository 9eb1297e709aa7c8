using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Fencing;
using Millrace.Worker.Run;

namespace Millrace.Worker.Control;

/// <summary>
/// Sends heartbeats from a thread of its own, so that neither work nor a busy thread pool keeps them from leaving in
/// time, and tells when the lease has ended and when it is renewed.
/// </summary>
internal sealed class LeaseKeeper(
    WorkerClock clock, LeaseGate gate, IWorkerInbox inbox, ProcessProbe probe) : IDisposable
{
    private static readonly TimeSpan _idleInterval = TimeSpan.FromMilliseconds(250);

    private readonly object _lock = new();
    private readonly LeaseMachine _lease = new();
    private TimeSpan _interval = _idleInterval;
    private TimeSpan _length;
    private TimeSpan _nextBeat;
    private TimeSpan _answeredAt;
    private IHeartbeatSink? _sink;
    private bool _hasEnded;
    private bool _stopping;
    private Thread? _thread;

    public void Start()
    {
        _thread = new Thread(Run) { Name = "lease", IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>A session is open: its hello counts like a heartbeat.</summary>
    public void Open(TimeSpan lease, TimeSpan interval, TimeSpan helloSentAt, IHeartbeatSink sink)
    {
        lock (_lock)
        {
            _sink = sink;
            _length = lease;
            _interval = interval;
            _answeredAt = clock.Uptime;
            _nextBeat = clock.Uptime;
            _lease.Open(lease, helloSentAt);
            PublishLease();
            Monitor.Pulse(_lock);
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _sink = null;
            _lease.Close();
        }
    }

    /// <summary>A heartbeat of the open session was answered.</summary>
    public void Answer(ulong sequence)
    {
        lock (_lock)
        {
            _answeredAt = clock.Uptime;
            _lease.Answer(sequence);
            PublishLease();
        }
    }

    /// <summary>Does what is due now; returns how long to wait. For the thread, and for tests.</summary>
    public TimeSpan Beat()
    {
        lock (_lock)
        {
            TimeSpan now = clock.Uptime;
            NoticeEnd(now);
            if (now < _nextBeat)
            {
                return _nextBeat - now;
            }

            TimeSpan lateness = now - _nextBeat;
            if (lateness > _interval)
            {
                // This process stood still: what was not heard meanwhile may lie here unread.
                _answeredAt += lateness;
            }

            _nextBeat = now + _interval;
            probe.ProbePool();
            if (_sink is not null && now - _answeredAt > _length)
            {
                // Nothing was heard for a whole lease: whoever is at the other end does not serve us.
                _sink.GiveUp();
                _sink = null;
            }

            _sink?.TrySend(Heartbeat(_lease.Send(now), lateness));
            return _interval;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _stopping = true;
            Monitor.Pulse(_lock);
        }

        _thread?.Join();
    }

    private void Run()
    {
        while (true)
        {
            TimeSpan wait = Beat();
            lock (_lock)
            {
                if (_stopping)
                {
                    return;
                }

                // Opening a session wakes the thread; a beat that became due meanwhile is not waited for.
                wait = _nextBeat - clock.Uptime < wait ? _nextBeat - clock.Uptime : wait;
                if (wait > TimeSpan.Zero)
                {
                    Monitor.Wait(_lock, wait);
                }

                if (_stopping)
                {
                    return;
                }
            }
        }
    }

    private void NoticeEnd(TimeSpan now)
    {
        if (!_hasEnded && _length > TimeSpan.Zero && !_lease.IsValid(now))
        {
            _hasEnded = true;
            inbox.Post(new LeaseEnded());
        }
    }

    private void PublishLease()
    {
        gate.Set(_lease.EndsAt);
        if (_hasEnded && _lease.IsValid(clock.Uptime))
        {
            _hasEnded = false;
            inbox.Post(new LeaseRenewed());
        }
    }

    private Heartbeat Heartbeat(ulong sequence, TimeSpan lateness) => new()
    {
        Sequence = sequence,
        CpuRatio = probe.TakeCpuRatio(),
        MemoryBytes = (ulong)ProcessProbe.MemoryBytes,
        MemoryLimitBytes = (ulong)ProcessProbe.MemoryLimitBytes,
        GcPauseTotalUs = (ulong)ProcessProbe.GcPauseTotal.TotalMicroseconds,
        ThreadPoolDelayUs = (ulong)probe.PoolDelay.TotalMicroseconds,
        TickLatenessUs = (ulong)lateness.TotalMicroseconds,
    };
}
