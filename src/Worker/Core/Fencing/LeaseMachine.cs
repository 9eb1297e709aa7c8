namespace Millrace.Worker.Core.Fencing;

/// <summary>
/// How long this worker may act as the owner of its tasks. The lease runs from the moment at which the newest answered
/// heartbeat was sent, by this process's monotonic clock, and ends a margin earlier than the coordinator's view of it.
/// It only bounds waiting: what keeps results exact is the epoch.
/// </summary>
internal sealed class LeaseMachine
{
    /// <summary>The margin is this share of the lease.</summary>
    private const int MarginDivisor = 10;

    /// <summary>Heartbeats that may be unanswered and still count when their answers come.</summary>
    private const int Remembered = 256;

    private readonly TimeSpan[] _sentAt = new TimeSpan[Remembered];
    private TimeSpan _length;
    private ulong _lastSent;
    private ulong _lastAnswered;
    private bool _open;

    /// <summary>The lease holds before this moment.</summary>
    public TimeSpan EndsAt { get; private set; } = TimeSpan.MinValue;

    public bool IsValid(TimeSpan now) => now < EndsAt;

    /// <summary>The coordinator has welcomed a session: its hello counts like a heartbeat.</summary>
    public void Open(TimeSpan lease, TimeSpan helloSentAt)
    {
        _length = lease - (lease / MarginDivisor);
        _lastSent = 0;
        _lastAnswered = 0;
        _open = true;
        Extend(helloSentAt);
    }

    /// <summary>The session is gone. What was granted runs out by itself; answers of that session no longer
    /// count.</summary>
    public void Close() => _open = false;

    /// <summary>The next heartbeat goes out now. Returns its sequence, which starts at 1 in each session.</summary>
    public ulong Send(TimeSpan now)
    {
        _lastSent++;
        _sentAt[_lastSent % Remembered] = now;
        return _lastSent;
    }

    /// <summary>A heartbeat was answered. Answers to old or unknown ones change nothing.</summary>
    public void Answer(ulong sequence)
    {
        bool known = sequence > _lastAnswered && sequence <= _lastSent && _lastSent - sequence < Remembered;
        if (_open && known)
        {
            _lastAnswered = sequence;
            Extend(_sentAt[sequence % Remembered]);
        }
    }

    private void Extend(TimeSpan sentAt)
    {
        TimeSpan end = sentAt + _length;
        if (end > EndsAt)
        {
            EndsAt = end;
        }
    }
}
