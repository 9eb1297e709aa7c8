namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

/// <summary>By measured cost of each task and learned capacity of each worker; moves running tasks when load gets
/// uneven.</summary>
internal sealed class WeightedLoad : IStrategy
{
    /// <summary>What a task costs however little it does, in busy seconds per second, the unit of load. Where nothing
    /// happens, numbers are evened out, and noise moves nothing.</summary>
    public const double BaseCost = 0.002;

    /// <summary>Nothing that was measured makes a worker count for more, or less, than this times its
    /// prior.</summary>
    private const double Widest = 4;

    public string Name => "weighted-load";

    public bool Balances => true;

    public double[] Capacities(IReadOnlyList<WorkerSample> workers)
    {
        double[] capacity = new double[workers.Count];
        for (int i = 0; i < capacity.Length; i++)
        {
            WorkerSample worker = workers[i];
            double prior = double.IsFinite(worker.Prior) && worker.Prior > 0 ? worker.Prior : 1;
            double speed = double.IsFinite(worker.Speed) ? Math.Clamp(worker.Speed, 1 / Widest, Widest) : 1;
            capacity[i] = prior * speed;
        }

        return capacity;
    }

    public double[] PlacingWeights(IReadOnlyList<WorkerSample> workers)
    {
        double[] weights = Capacities(workers);
        double[] headroom = ResourceWeight.Of([.. workers.Select(w => w with { Prior = 1 })]);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] *= headroom[i];
        }

        return weights;
    }

    /// <summary>What is not known counts as the average of what is.</summary>
    public double[] Loads(IReadOnlyList<TaskSample> tasks)
    {
        double sum = 0;
        int known = 0;
        foreach (TaskSample task in tasks)
        {
            if (IsKnown(task))
            {
                sum += task.Cost;
                known++;
            }
        }

        double average = known > 0 ? sum / known : 0;
        double[] load = new double[tasks.Count];
        for (int i = 0; i < load.Length; i++)
        {
            load[i] = 1 + (IsKnown(tasks[i]) ? tasks[i].Cost : average) / BaseCost;
        }

        return load;
    }

    public IPicker NewPicker(PlanDraft draft) => new ColdestPicker(draft);

    private static bool IsKnown(TaskSample task) => double.IsFinite(task.Cost) && task.Cost >= 0;
}
