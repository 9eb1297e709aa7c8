namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>
/// Finds the worker that is least used once it has a load more. One heap for each class of equal capacity: among equals
/// the least used now is also the least used then, but a larger worker that is busier now may be better then.
/// </summary>
internal sealed class ColdIndex
{
    private const int MostExactClasses = 32;

    /// <summary>Where there are many capacities, those within this factor share a heap.</summary>
    private const double ClassWidth = 1.1;

    private readonly Fleet _fleet;
    private readonly bool[]? _eligible;
    private readonly int[] _places;
    private readonly int[] _classOf;
    private readonly WorkerHeap[] _heaps;

    /// <param name="eligible">Null: all.</param>
    public ColdIndex(Fleet fleet, bool[]? eligible)
    {
        _fleet = fleet;
        _eligible = eligible;
        int workers = fleet.Capacity.Length;
        _places = WorkerHeap.NoPlaces(workers);
        _classOf = Classify(fleet.Capacity, out int classes);
        int[] sizes = new int[classes];
        foreach (int one in _classOf)
        {
            sizes[one]++;
        }

        _heaps = [.. sizes.Select(size => new WorkerHeap(size, _places))];
        for (int worker = 0; worker < workers; worker++)
        {
            Update(worker);
        }
    }

    /// <summary>The load of the worker, or whether it takes tasks, has changed.</summary>
    public void Update(int worker)
    {
        WorkerHeap heap = _heaps[_classOf[worker]];
        bool takes = _fleet.Takes(worker) && (_eligible is null || _eligible[worker]);
        if (!heap.Contains(worker))
        {
            if (takes)
            {
                heap.Add(worker, _fleet.Use(worker));
            }
        }
        else if (takes)
        {
            heap.Change(worker, _fleet.Use(worker));
        }
        else
        {
            heap.Remove(worker);
        }
    }

    /// <returns><see cref="PlanInput.Nobody"/> if no worker takes tasks.</returns>
    public int Coldest(double load)
    {
        int best = PlanInput.Nobody;
        double least = double.PositiveInfinity;
        foreach (WorkerHeap heap in _heaps)
        {
            // the first by index among equals, whatever the classes are
            if (heap.Count > 0
                && _fleet.UseWith(heap.Top, load) is var use
                && (use < least || (use == least && heap.Top < best)))
            {
                (best, least) = (heap.Top, use);
            }
        }

        return best;
    }

    /// <summary>The largest load that some worker could take without going above a utilisation.</summary>
    public double Room(double highestUse)
    {
        double room = 0;
        foreach (WorkerHeap heap in _heaps)
        {
            if (heap.Count > 0)
            {
                room = Math.Max(room, highestUse * _fleet.Capacity[heap.Top] - _fleet.Load[heap.Top]);
            }
        }

        return room;
    }

    private static int[] Classify(double[] capacity, out int classes)
    {
        var numbers = new Dictionary<double, int>();
        int[] classOf = new int[capacity.Length];
        for (int worker = 0; worker < capacity.Length && numbers.Count <= MostExactClasses; worker++)
        {
            classOf[worker] = Number(numbers, capacity[worker]);
        }

        if (numbers.Count > MostExactClasses)
        {
            numbers.Clear();
            for (int worker = 0; worker < capacity.Length; worker++)
            {
                classOf[worker] = Number(numbers, Math.Floor(Math.Log(capacity[worker], ClassWidth)));
            }
        }

        classes = numbers.Count;
        return classOf;
    }

    private static int Number(Dictionary<double, int> numbers, double key)
    {
        if (!numbers.TryGetValue(key, out int number))
        {
            number = numbers.Count;
            numbers.Add(key, number);
        }

        return number;
    }
}
