namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

/// <summary>How much new work workers should get by what they have left.</summary>
internal static class ResourceWeight
{
    /// <summary>However busy, a worker counts at least this much: loads are noisy, and one worker must not get
    /// everything.</summary>
    public const double Least = WorkerWeight.Least;

    /// <summary>Falls with processor use, memory use and failures, each never rises it; what is not known counts as the
    /// average of what is.</summary>
    public static double[] Of(IReadOnlyList<WorkerSample> workers)
    {
        double cpu = Average(workers, w => w.Cpu);
        double memory = Average(workers, w => w.Memory);
        double errors = Average(workers, w => w.ErrorRate);
        double prior = Average(workers, w => w.Prior > 0 ? w.Prior : double.NaN, ifNone: 1);
        return
        [
            .. workers.Select(w => Known(w.Prior > 0 ? w.Prior : double.NaN, prior) * Headroom(
                Share(w.Cpu, cpu),
                Share(w.Memory, memory),
                Share(w.ErrorRate, errors))),
        ];
    }

    private static double Headroom(double cpu, double memory, double errors) =>
        Math.Max(Least, (1 - Math.Max(cpu, memory)) * (1 - errors));

    private static double Average(
        IReadOnlyList<WorkerSample> workers,
        Func<WorkerSample, double> value,
        double ifNone = 0)
    {
        double sum = 0;
        int known = 0;
        foreach (WorkerSample worker in workers)
        {
            double one = value(worker);
            if (double.IsFinite(one))
            {
                sum += one;
                known++;
            }
        }

        return known > 0 ? sum / known : ifNone;
    }

    private static double Known(double value, double average) => double.IsFinite(value) ? value : average;

    private static double Share(double value, double average) => Math.Clamp(Known(value, average), 0, 1);
}
