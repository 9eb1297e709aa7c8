using Millrace.Common.Model;

namespace Millrace.Simulation.Engine;

/// <summary>The clocks of one machine: neither runs true, and the wall clock may jump.</summary>
/// <param name="drift">How much faster than true time both run, as a share of it.</param>
internal sealed class NodeClock(Scheduler scheduler, double drift)
{
    private const long StartUnixMs = 1_790_000_000_000;

    private long _bootUs;
    private long _wallOffsetMs;

    /// <summary>A process begins; its uptime counts from here.</summary>
    public void Restart() => _bootUs = scheduler.NowUs;

    public TimeSpan Uptime => TimeSpan.FromMicroseconds((scheduler.NowUs - _bootUs) * (1 + drift));

    public Now Now => new(Uptime, StartUnixMs + _wallOffsetMs + (long)(scheduler.NowUs / 1000 * (1 + drift)));

    /// <summary>The wall clock is suddenly this far from true time.</summary>
    public void SetWall(long offsetMs) => _wallOffsetMs = offsetMs;

    /// <summary>True microseconds until this clock has advanced by so much.</summary>
    public long TrueUs(TimeSpan wait) => (long)Math.Ceiling(wait.TotalMicroseconds / (1 + drift));
}
