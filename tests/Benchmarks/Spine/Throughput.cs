using System.Diagnostics;

namespace Millrace.Benchmarks.Spine;

/// <summary>One window at full speed, from the first event sent to the last one applied by a worker.</summary>
/// <param name="EventsPerSecond">Applied events over that whole time.</param>
internal sealed record Throughput(double EventsPerSecond, CpuPerEvent Cpu)
{
    public static async Task<Throughput> MeasureAsync(
        SpineTarget target, LoadGenerator load, int batch, TimeSpan time, CancellationToken cancellation)
    {
        ulong before = load.Total;
        TimeSpan producer = OwnCpu();
        TimeSpan coordinator = target.CoordinatorCpu;
        TimeSpan workers = target.WorkersCpu;
        long start = Stopwatch.GetTimestamp();
        ulong position = await load.SaturateAsync(batch, time, cancellation);
        await target.WaitAppliedAsync(position, cancellation);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        double events = load.Total - before;
        return new Throughput(
            events / elapsed.TotalSeconds,
            new CpuPerEvent(
                PerEvent(OwnCpu() - producer, events),
                PerEvent(target.CoordinatorCpu - coordinator, events),
                PerEvent(target.WorkersCpu - workers, events)));
    }

    private static double PerEvent(TimeSpan cpu, double events) => cpu.TotalNanoseconds / events;

    private static TimeSpan OwnCpu()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }
}
