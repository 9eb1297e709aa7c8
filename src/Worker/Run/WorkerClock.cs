using Millrace.Common.Model;

namespace Millrace.Worker.Run;

/// <summary>This process's clocks, as the cores want to be told about them.</summary>
internal sealed class WorkerClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeProvider Time { get; } = time;

    /// <summary>Monotonic time since the start.</summary>
    public TimeSpan Uptime => Time.GetElapsedTime(_start);

    public Now Now => new(Uptime, Time.GetUtcNow().ToUnixTimeMilliseconds());
}
