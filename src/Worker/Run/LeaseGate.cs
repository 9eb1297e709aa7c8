namespace Millrace.Worker.Run;

/// <summary>
/// The end of the lease, readable by every run loop before every step: a process that was stopped and goes on must
/// notice by itself that its lease is over, before anybody had a chance to tell it.
/// </summary>
internal sealed class LeaseGate(WorkerClock clock)
{
    private long _endsAtTicks;

    public bool IsOpen => clock.Uptime.Ticks < Volatile.Read(ref _endsAtTicks);

    public void Set(TimeSpan endsAt) => Volatile.Write(ref _endsAtTicks, endsAt.Ticks);
}
