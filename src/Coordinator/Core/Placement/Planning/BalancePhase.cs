namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>
/// Relieves the most used worker, again and again: of its tasks the one that relieves most for the bytes that a move
/// copies and that fits somewhere, to the worker that is least used after it. No move raises the largest utilisation,
/// and no task moves twice.
/// </summary>
internal sealed class BalancePhase(PlanDraft draft)
{
    private const int MostReasons = 4;
    private const double Rounding = 1e-9;

    private readonly Fleet _fleet = draft.Fleet;
    private readonly HotSide _hot = new(draft);
    private readonly double _stop = draft.Fleet.Mean * draft.Options.Stop;

    private readonly double _moveCost = 1 + draft.Options.MoveCost * Average(draft.Input.StateBytes);

    private readonly List<int> _passedOver = [];

    private int _task;
    private int _target;

    /// <summary>Once more when workers were passed over and moves since may have made room for what they
    /// have.</summary>
    public void Run()
    {
        int before;
        do
        {
            before = draft.MoveCount;
            _passedOver.ForEach(_hot.Update);
            _passedOver.Clear();
            Sweep();
        }
        while (_passedOver.Count > 0 && draft.MoveCount > before && draft.OverMoves is null);

        _passedOver.ForEach(Explain);
    }

    private void Sweep()
    {
        while (_hot.Heap.Count > 0 && _fleet.Use(_hot.Heap.Top) > _stop)
        {
            int hottest = _hot.Heap.Top;
            if (draft.OverMoves is not null || (!FindFit(hottest) && !FindGain(hottest)))
            {
                _hot.Heap.Remove(hottest);
                _passedOver.Add(hottest);
                continue;
            }

            draft.Move(_task, hottest, _target, PlanReason.Rebalance);
            _hot.Update(hottest);
            if (!_passedOver.Contains(_target))
            {
                _hot.Update(_target);
            }
        }
    }

    /// <summary>The most relief for the bytes, to where it does not go above the level to stop at.</summary>
    private bool FindFit(int hottest)
    {
        double excess = _fleet.Load[hottest] - _stop * _fleet.Capacity[hottest];
        double best = 0;
        _task = PlanInput.Nobody;
        ColdIndex? index = null;
        double room = 0;
        foreach (int task in _hot.Tasks.Of(hottest))
        {
            double load = _fleet.TaskLoad[task];
            double score = Math.Min(load, excess) / (draft.Input.StateBytes[task] + _moveCost);
            if (score <= best || draft.Fixed(task) is not null)
            {
                continue;
            }

            ColdIndex own = draft.Cold.For(task);
            if (own != index)
            {
                (index, room) = (own, own.Room(_stop));
            }

            if (load > room)
            {
                continue;
            }

            if (draft.OverBudget(task) is not null)
            {
                continue;
            }

            (best, _task) = (score, task);
        }

        _target = _task < 0 ? PlanInput.Nobody : draft.Cold.For(_task).Coldest(_fleet.TaskLoad[_task]);
        return _task >= 0 && _fleet.UseWith(_target, _fleet.TaskLoad[_task]) <= _stop * (1 + Rounding);
    }

    /// <summary>Where nothing fits, whatever lowers the larger utilisation of the two most.</summary>
    private bool FindGain(int hottest)
    {
        double use = _fleet.Use(hottest);
        double best = use * (1 - draft.Options.LeastGain);
        bool found = false;
        foreach (int task in _hot.Tasks.Of(hottest))
        {
            if (draft.Fixed(task) is not null)
            {
                continue;
            }

            double load = _fleet.TaskLoad[task];
            int target = draft.Cold.For(task).Coldest(load);
            if (target < 0 || target == hottest)
            {
                continue;
            }

            double larger = Math.Max(
                _fleet.UseWith(target, load),
                (_fleet.Load[hottest] - load) / _fleet.Capacity[hottest]);
            if (larger >= best)
            {
                continue;
            }

            if (draft.OverBudget(task) is not null)
            {
                continue;
            }

            (best, _task, _target, found) = (larger, task, target, true);
        }

        return found;
    }

    /// <summary>This one stays too busy: says why of its heaviest tasks.</summary>
    private void Explain(int hot)
    {
        int[] heaviest = _hot.Tasks.Of(hot).ToArray();
        Array.Sort(heaviest, (a, b) => _fleet.TaskLoad[b].CompareTo(_fleet.TaskLoad[a]) is var c and not 0
            ? c
            : a.CompareTo(b));
        double most = _fleet.MostAt(draft.Options.Stop);
        foreach (int task in heaviest.Where(t => !draft.HasMoved(t)).Take(MostReasons))
        {
            if (_fleet.TaskLoad[task] > most)
            {
                draft.NeedsSplit(task);
            }

            SkipReason reason = draft.Fixed(task) ?? WhyNot(task);
            draft.Skip(task, reason);
            if (reason is SkipReason.MoveBudget or SkipReason.ByteBudget)
            {
                draft.Bound = reason == SkipReason.MoveBudget ? PlanBound.MoveBudget : PlanBound.ByteBudget;
            }
        }
    }

    private SkipReason WhyNot(int task)
    {
        if (draft.OverBudget(task) is { } over)
        {
            return over;
        }

        return draft.Cold.For(task).Coldest(_fleet.TaskLoad[task]) < 0 ? SkipReason.NoWorker : SkipReason.NoRoom;
    }

    private static double Average(long[] values)
    {
        double sum = 0;
        foreach (long value in values)
        {
            sum += value;
        }

        return sum / Math.Max(1, values.Length);
    }
}
