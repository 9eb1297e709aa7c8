namespace Millrace.Worker.Control;

/// <summary>Looks at this process: what a heartbeat tells about its health.</summary>
internal sealed class ProcessProbe(TimeProvider time)
{
    private TimeSpan _lastCpu = Environment.CpuUsage.TotalTime;
    private long _lastTimestamp = time.GetTimestamp();
    private long _poolDelayTicks;
    private int _poolProbes;

    /// <summary>Share of the machine's processor time since the last call, 0 to 1.</summary>
    public double TakeCpuRatio()
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long now = time.GetTimestamp();
        TimeSpan passed = time.GetElapsedTime(_lastTimestamp, now);
        TimeSpan used = cpu - _lastCpu;
        (_lastCpu, _lastTimestamp) = (cpu, now);
        return passed <= TimeSpan.Zero ? 0 : Math.Clamp(used / passed / Environment.ProcessorCount, 0, 1);
    }

    /// <summary>Resident memory, in bytes.</summary>
    public static long MemoryBytes => Environment.WorkingSet;

    /// <summary>Memory that the process may use, in bytes.</summary>
    public static long MemoryLimitBytes => GC.GetGCMemoryInfo(GCKind.Any).TotalAvailableMemoryBytes;

    public static TimeSpan GcPauseTotal => GC.GetTotalPauseDuration();

    /// <summary>How long the last finished probe waited for a pool thread.</summary>
    public TimeSpan PoolDelay => TimeSpan.FromTicks(Volatile.Read(ref _poolDelayTicks));

    /// <summary>Sends a probe through the thread pool, unless the last one still waits.</summary>
    public void ProbePool()
    {
        if (Interlocked.CompareExchange(ref _poolProbes, 1, 0) == 0)
        {
            long start = time.GetTimestamp();
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    Volatile.Write(ref _poolDelayTicks, time.GetElapsedTime(start).Ticks);
                    Volatile.Write(ref _poolProbes, 0);
                },
                null);
        }
    }
}
