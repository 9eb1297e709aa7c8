using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Tests.Core.Placement.Planning;

/// <summary>The planner's rules said again with nothing but lists that are walked from end to end.</summary>
internal sealed class NaivePlanner(PlanInput input, PlanOptions options)
{
    private readonly int[] _owner = [.. input.Owner];
    private readonly HashSet<int> _moved = [];

    private double Mean => input.Load.Sum() / Live.Sum(w => input.Capacity[w]);

    private IEnumerable<int> Live => Workers.Where(w => input.Role[w] <= WorkerRole.Closed);

    private IEnumerable<int> Workers => Enumerable.Range(0, input.Workers);

    public List<(int Task, int To)> Moves { get; } = [];

    public List<(int Task, int To)> Orphans()
    {
        IEnumerable<int> orphans = Enumerable.Range(0, input.Tasks)
            .Where(t => _owner[t] < 0 || !Live.Contains(_owner[t]))
            .OrderByDescending(t => input.Load[t]).ThenBy(t => t).ToArray();
        foreach (int task in orphans)
        {
            if (Coldest(task) is { } to)
            {
                Move(task, to);
            }
        }

        return Moves;
    }

    public int[] Full()
    {
        int[] now = [.. _owner];
        for (int task = 0; task < input.Tasks; task++)
        {
            bool closed = now[task] >= 0 && input.Role[now[task]] == WorkerRole.Closed;
            _owner[task] = closed ? now[task] : PlanInput.Nobody;
        }

        Orphans();
        return _owner;
    }

    /// <summary>Relief, or a heavy task to where it weighs least once the others have left, whichever is
    /// better.</summary>
    public List<(int Task, int To)> Even()
    {
        NaivePlanner now = this;
        for (bool swept = false; ; swept = true)
        {
            NaivePlanner? isolated = now.Isolated();
            if (!swept)
            {
                now.Balance();
            }

            bool better = isolated is not null && isolated.Highest < now.Highest * (1 - options.LeastGain);
            if (swept && !better)
            {
                return now.Moves;
            }

            now = better ? isolated! : now;
        }
    }

    private NaivePlanner? Isolated()
    {
        int hot = Live.OrderByDescending(Use).ThenBy(w => w).First();
        int heavy = Movable(hot).OrderByDescending(t => input.Load[t]).ThenBy(t => t)
            .FirstOrDefault(PlanInput.Nobody);
        if (heavy < 0
            || input.Load[heavy] / input.Capacity[hot] <= Mean * options.Stop
            || Moves.Count >= options.MaxMoves)
        {
            return null;
        }

        double Alone(int worker) =>
            (Load(worker) - Movable(worker).Sum(t => input.Load[t]) + input.Load[heavy]) / input.Capacity[worker];
        int to = Workers.Where(w => w != hot && input.Role[w] <= WorkerRole.Newcomer)
            .OrderBy(Alone).ThenBy(Use).ThenBy(w => w).FirstOrDefault(PlanInput.Nobody);
        if (to < 0 || Alone(to) >= Use(hot) * (1 - options.LeastGain))
        {
            return null;
        }

        var isolated = new NaivePlanner(input, options);
        Moves.ForEach(m => isolated.Move(m.Task, m.To));
        isolated.Move(heavy, to);
        isolated.Balance();
        return isolated;
    }

    private IEnumerable<int> Movable(int worker) =>
        Enumerable.Range(0, input.Tasks).Where(t => input.Owner[t] == worker && !_moved.Contains(t));

    private double Highest => Live.Max(Use);

    public List<(int Task, int To)> Balance()
    {
        double stop = Mean * options.Stop;
        double moveCost = 1 + options.MoveCost * (input.Tasks == 0 ? 0 : input.StateBytes.Average());
        var passedOver = new HashSet<int>();
        int before = 0;
        while (Moves.Count < options.MaxMoves)
        {
            int hot = Live.Where(w => Held(w) > 0 && !passedOver.Contains(w) && Use(w) > stop)
                .OrderByDescending(Use).ThenBy(w => w).FirstOrDefault(PlanInput.Nobody);
            if (hot < 0 && (passedOver.Count == 0 || Moves.Count == before))
            {
                break;
            }

            if (hot < 0)
            {
                passedOver.Clear();
                before = Moves.Count;
                continue;
            }

            int[] tasks = [.. Enumerable.Range(0, input.Tasks).Where(t => _owner[t] == hot && !_moved.Contains(t))];
            if (!Fit(hot, tasks, stop, moveCost) && !Gain(hot, tasks))
            {
                passedOver.Add(hot);
            }
        }

        return Moves;
    }

    private bool Fit(int hot, int[] tasks, double stop, double moveCost)
    {
        double excess = Load(hot) - stop * input.Capacity[hot];
        int best = tasks.Where(t => Coldest(t) is { } to && Load(to) + input.Load[t] <= stop * input.Capacity[to])
            .OrderByDescending(t => Math.Min(input.Load[t], excess) / (input.StateBytes[t] + moveCost)).ThenBy(t => t)
            .FirstOrDefault(PlanInput.Nobody);
        if (best >= 0)
        {
            Move(best, Coldest(best)!.Value);
        }

        return best >= 0;
    }

    private bool Gain(int hot, int[] tasks)
    {
        var gains = tasks.Select(t => (Task: t, To: Coldest(t))).Where(p => p.To is { } to && to != hot)
            .Select(p => (p.Task, To: p.To!.Value, Larger: Math.Max(
                (Load(p.To.Value) + input.Load[p.Task]) / input.Capacity[p.To.Value],
                (Load(hot) - input.Load[p.Task]) / input.Capacity[hot])))
            .Where(p => p.Larger < Use(hot) * (1 - options.LeastGain))
            .OrderBy(p => p.Larger).ThenBy(p => p.Task).ToList();
        if (gains.Count > 0)
        {
            Move(gains[0].Task, gains[0].To);
        }

        return gains.Count > 0;
    }

    private void Move(int task, int to)
    {
        _owner[task] = to;
        _moved.Add(task);
        Moves.Add((task, to));
    }

    private int? Coldest(int task)
    {
        int[] takers = [.. Workers.Where(w => input.Role[w] <= WorkerRole.Newcomer)];
        return takers.Length == 0
            ? null
            : takers.OrderBy(w => (Load(w) + input.Load[task]) / input.Capacity[w]).ThenBy(w => w).First();
    }

    private int Held(int worker) => _owner.Count(o => o == worker);

    private double Use(int worker) => Load(worker) / input.Capacity[worker];

    private double Load(int worker) =>
        Enumerable.Range(0, input.Tasks).Where(t => _owner[t] == worker).Sum(t => input.Load[t]);
}
