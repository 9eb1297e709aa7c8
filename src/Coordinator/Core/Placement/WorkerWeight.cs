namespace Millrace.Coordinator.Core.Placement;

/// <summary>How much new work a worker should get, by its scarcest resource.</summary>
internal static class WorkerWeight
{
    /// <summary>However busy, a worker counts at least this much: loads are noisy, and one worker must not get
    /// everything.</summary>
    public const double Least = 0.25;

    /// <summary>Weight of the newest report: with four reports a second, old news fades within about a
    /// second.</summary>
    private const double Newest = 0.2;

    /// <summary>The smaller of processor and memory headroom, 0.25 to 1. Nonsense counts as nothing used.</summary>
    public static double Of(WorkerLoad load) => Math.Max(Least, 1 - Math.Max(CpuOf(load), MemoryOf(load)));

    public static double CpuOf(WorkerLoad load) => Share(load.Cpu);

    public static double MemoryOf(WorkerLoad load) =>
        load.MemoryLimitBytes == 0 ? 0 : Share((double)load.MemoryBytes / load.MemoryLimitBytes);

    public static double Smooth(double before, WorkerLoad load, bool first) => Smooth(before, Of(load), first);

    public static double Smooth(double before, double newest, bool first) =>
        first ? newest : before + Newest * (newest - before);

    private static double Share(double value) => double.IsFinite(value) ? Math.Clamp(value, 0, 1) : 0;
}
