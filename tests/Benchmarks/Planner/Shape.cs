using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Benchmarks.Planner;

/// <summary>A cluster made up from a seed: lognormal loads and state sizes (sigma 1), capacities 1 to 4.</summary>
internal sealed class Shape
{
    private const double Drifting = 0.05;
    private const double MeanStateBytes = 1 << 20;

    private Shape(double[] load, long[] stateBytes, double[] capacity)
    {
        (Load, StateBytes, Capacity) = (load, stateBytes, capacity);
    }

    public double[] Load { get; }

    public long[] StateBytes { get; }

    public double[] Capacity { get; }

    public static Shape Make(int tasks, int workers, int seed)
    {
        var random = new Random(seed);
        double[] load = new double[tasks];
        long[] bytes = new long[tasks];
        for (int i = 0; i < tasks; i++)
        {
            load[i] = Math.Exp(Normal(random));
            bytes[i] = (long)(MeanStateBytes * Math.Exp(Normal(random) - 0.5));
        }

        double[] capacity = new double[workers];
        for (int i = 0; i < workers; i++)
        {
            capacity[i] = random.Next(1, 5);
        }

        return new Shape(load, bytes, capacity);
    }

    /// <summary>5 % of the partitions get hotter by one factor, such that the imbalance becomes the one asked for;
    /// where whole partitions do not allow it to be that low, five times hotter.</summary>
    public Shape Drift(int[] owner, double skew, int seed)
    {
        var random = new Random(seed);
        bool[] hot = [.. Load.Select(_ => random.NextDouble() < Drifting)];
        if (Heated(hot, 1).Imbalance(owner) >= skew)
        {
            return Heated(hot, 5);
        }

        double low = 1;
        double high = 100;
        for (int i = 0; i < 50; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Heated(hot, middle).Imbalance(owner) < skew ? (middle, high) : (low, middle);
        }

        return Heated(hot, high);
    }

    public double Imbalance(int[] owner)
    {
        double[] borne = new double[Capacity.Length];
        for (int task = 0; task < owner.Length; task++)
        {
            borne[owner[task]] += Load[task];
        }

        double largest = borne.Zip(Capacity, (l, c) => l / c).Max();
        return largest / (Load.Sum() / Capacity.Sum());
    }

    public PlanInput Input(int[] owner, WorkerRole[]? roles = null) => new()
    {
        Load = Load,
        StateBytes = StateBytes,
        Owner = owner,
        Capacity = Capacity,
        Role = roles ?? new WorkerRole[Capacity.Length],
    };

    public Shape WithWorker(double capacity) => new(Load, StateBytes, [.. Capacity, capacity]);

    private Shape Heated(bool[] hot, double factor) =>
        new([.. Load.Select((l, i) => hot[i] ? l * factor : l)], StateBytes, Capacity);

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
