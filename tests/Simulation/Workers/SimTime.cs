using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Workers;

/// <summary>A node's clock as the product wants to read it. Makes no timers: waiting is the scheduler's.</summary>
internal sealed class SimTime(NodeClock clock) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => clock.Uptime.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(clock.Now.UnixMs);
}
