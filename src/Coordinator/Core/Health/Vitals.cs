namespace Millrace.Coordinator.Core.Health;

/// <summary>What a process is doing, as seen from beside it. Numbers as in the protocol.</summary>
internal enum ProcessState
{
    Running = 1,

    /// <summary>Stopped by a signal or a debugger.</summary>
    Stopped = 2,

    /// <summary>It has ended.</summary>
    Gone = 3,
}

/// <summary>What the spy beside a worker has seen last.</summary>
/// <param name="Watch">The stream that said so.</param>
/// <param name="ExitCode">128 and the signal's number for a signal; null: not known.</param>
/// <param name="IsOpen">The stream is still there.</param>
internal sealed record Sighting(ulong Watch, ProcessState State, int? ExitCode, TimeSpan At, bool IsOpen);

/// <summary>The signs of life of one life of a worker, on the coordinator's monotonic clock. Only what was seen; what
/// follows from it is <see cref="Diagnosis"/>.</summary>
internal sealed class Vitals(HeartbeatRhythm rhythm, TimeSpan now)
{
    public HeartbeatRhythm Rhythm { get; } = rhythm;

    /// <summary>When the worker itself was last heard of.</summary>
    public TimeSpan LastHeard { get; private set; } = now;

    /// <summary>When it was last heard of on its data stream. That is no heartbeat: it renews no lease and is no part
    /// of the rhythm, but who sends it is not gone.</summary>
    public TimeSpan HeardElsewhere { get; private set; } = now;

    /// <summary>When its control stream broke; null: it is whole.</summary>
    public TimeSpan? BrokenAt { get; private set; }

    /// <summary>Null: no spy was heard of.</summary>
    public Sighting? Seen { get; private set; }

    public void Beat(TimeSpan now, TimeSpan outage)
    {
        TimeSpan gap = now - LastHeard;
        if (gap < outage)
        {
            Rhythm.Add(gap);
        }

        LastHeard = now;
    }

    /// <summary>A session was opened: whatever went before belongs to no rhythm.</summary>
    public void Open(TimeSpan now)
    {
        LastHeard = now;
        BrokenAt = null;
    }

    public void Hear(TimeSpan now) => HeardElsewhere = now;

    public void Break(TimeSpan now) => BrokenAt ??= now;

    /// <summary>The end of a process stands, whatever comes late.</summary>
    public void See(Sighting seen)
    {
        if (Seen is not { State: ProcessState.Gone })
        {
            Seen = seen;
        }
    }

    public void EndWatch(ulong watch)
    {
        if (Seen?.Watch == watch)
        {
            Seen = Seen with { IsOpen = false };
        }
    }

    /// <summary>The coordinator stood still meanwhile: nobody is blamed for that time.</summary>
    public void Forgive(TimeSpan gap, TimeSpan now)
    {
        LastHeard = Earlier(LastHeard + gap, now);
        HeardElsewhere = Earlier(HeardElsewhere + gap, now);
        BrokenAt = BrokenAt is { } at ? Earlier(at + gap, now) : null;
        Seen = Seen is { } seen ? seen with { At = Earlier(seen.At + gap, now) } : null;
    }

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
