namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>The workers while a plan is made: what each bears, of what it can bear.</summary>
internal sealed class Fleet
{
    private readonly PlanInput _input;

    /// <summary>Of the workers that stay; 0: there are none.</summary>
    private readonly double _largestCapacity;

    public Fleet(PlanInput input, double[] taskLoad)
    {
        _input = input;
        TaskLoad = taskLoad;
        Capacity = Numbers.Sane(input.Capacity);
        Load = new double[input.Workers];
        Count = new int[input.Workers];
        double all = 0;
        for (int task = 0; task < taskLoad.Length; task++)
        {
            all += taskLoad[task];
            int owner = input.Owner[task];
            if (owner >= 0)
            {
                Load[owner] += taskLoad[task];
                Count[owner]++;
            }
        }

        double capacity = 0;
        for (int worker = 0; worker < input.Workers; worker++)
        {
            double own = Stays(worker) ? Capacity[worker] : 0;
            capacity += own;
            _largestCapacity = Math.Max(_largestCapacity, own);
        }

        Mean = capacity > 0 ? all / capacity : 0;
    }

    public double[] TaskLoad { get; }

    public double[] Capacity { get; }

    public double[] Load { get; }

    public int[] Count { get; }

    /// <summary>All load over the capacity of the workers that stay.</summary>
    public double Mean { get; }

    public double Use(int worker) => Load[worker] / Capacity[worker];

    /// <summary>With a load more.</summary>
    public double UseWith(int worker, double load) => (Load[worker] + load) / Capacity[worker];

    public bool Stays(int worker) => _input.Role[worker] <= WorkerRole.Closed;

    public bool Takes(int worker) => _input.Role[worker] <= WorkerRole.Newcomer && !IsFull(worker);

    public bool IsFull(int worker) =>
        _input.MaxTasks is { } most && most[worker] > 0 && Count[worker] >= most[worker];

    public void Give(int worker, double load)
    {
        Load[worker] += load;
        Count[worker]++;
    }

    public void Take(int worker, double load)
    {
        Load[worker] -= load;
        Count[worker]--;
    }

    /// <summary>Largest utilisation over the mean; 1 where nothing is to be balanced.</summary>
    public double Imbalance()
    {
        double largest = 0;
        for (int worker = 0; worker < Load.Length; worker++)
        {
            if (Stays(worker))
            {
                largest = Math.Max(largest, Use(worker));
            }
        }

        return Mean > 0 ? largest / Mean : 1;
    }

    /// <summary>The most load that any worker bears at this utilisation: a task above it is too heavy for
    /// all.</summary>
    /// <param name="use">As a multiple of the mean.</param>
    public double MostAt(double use) => Mean * use * _largestCapacity;

    /// <summary>No assignment that keeps tasks whole gets below this.</summary>
    public double LowerBound()
    {
        double largestTask = 0;
        foreach (double load in TaskLoad)
        {
            largestTask = load > largestTask ? load : largestTask;
        }

        return Mean > 0 && _largestCapacity > 0 ? Math.Max(1, largestTask / (_largestCapacity * Mean)) : 1;
    }
}
