namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>
/// Pulls newcomers up: from the most used workers the largest tasks that fit, until the fair share less a little. Only
/// towards newcomers, and never more tasks than a fair share of their number: heavy ones first, so fewer do.
/// </summary>
internal sealed class JoinPhase(PlanDraft draft)
{
    private const double Rounding = 1e-9;

    private readonly Fleet _fleet = draft.Fleet;
    private readonly HotSide _hot = new(draft);
    private readonly double _halfTask = Half(draft.Fleet);

    public void Run()
    {
        for (int worker = 0; worker < draft.Input.Workers; worker++)
        {
            if (draft.Input.Role[worker] == WorkerRole.Newcomer)
            {
                Fill(worker);
            }
        }
    }

    private void Fill(int newcomer)
    {
        double capacity = _fleet.Capacity[newcomer];
        double fair = _fleet.Mean * capacity;
        double goal = Math.Max(fair * (1 - draft.Options.JoinSlack), fair - _halfTask);
        int left = FairCount(newcomer) - _fleet.Count[newcomer];
        var set = new List<int>();
        while (left > 0 && _fleet.Load[newcomer] < goal && _fleet.Takes(newcomer) && _hot.Heap.Count > 0)
        {
            int donor = _hot.Heap.Top;
            if (donor == newcomer)
            {
                break;
            }

            int task = Largest(donor, newcomer, out SkipReason? over);
            if (over is { } reason)
            {
                draft.Bound = reason == SkipReason.MoveBudget ? PlanBound.MoveBudget : PlanBound.ByteBudget;
            }

            if (task < 0)
            {
                // nothing of this donor suits this newcomer; another newcomer may still want it
                _hot.Heap.Remove(donor);
                set.Add(donor);
                continue;
            }

            draft.Move(task, donor, newcomer, PlanReason.WorkerJoined);
            _hot.Update(donor);
            if (_hot.Heap.Contains(newcomer))
            {
                _hot.Update(newcomer);
            }

            left--;
        }

        set.ForEach(_hot.Update);
    }

    /// <summary>The largest that leaves the newcomer at or below the mean; failing that, the smallest that leaves it
    /// less used than the donor was.</summary>
    private int Largest(int donor, int newcomer, out SkipReason? over)
    {
        over = null;
        int largest = PlanInput.Nobody;
        int smallest = PlanInput.Nobody;
        double room = _fleet.Mean * _fleet.Capacity[newcomer] * (1 + Rounding) - _fleet.Load[newcomer];
        double[] load = _fleet.TaskLoad;
        foreach (int task in _hot.Tasks.Of(donor))
        {
            if (draft.Fixed(task) is not null || !draft.MayRun(task, newcomer))
            {
                continue;
            }

            if (draft.OverBudget(task) is { } reason)
            {
                over = reason;
                continue;
            }

            if (load[task] <= room && (largest < 0 || load[task] > load[largest]))
            {
                largest = task;
            }

            if (smallest < 0 || load[task] < load[smallest])
            {
                smallest = task;
            }
        }

        if (largest >= 0 || smallest < 0)
        {
            return largest;
        }

        double least = _fleet.Use(donor) * (1 - draft.Options.LeastGain);
        return _fleet.UseWith(newcomer, load[smallest]) <= least ? smallest : PlanInput.Nobody;
    }

    /// <summary>Half of the average task's load: a newcomer that lacks less than that has its share.</summary>
    private static double Half(Fleet fleet)
    {
        double sum = 0;
        foreach (double load in fleet.TaskLoad)
        {
            sum += load;
        }

        return sum / (2 * Math.Max(1, fleet.TaskLoad.Length));
    }

    /// <summary>Of the number of tasks, rounded up.</summary>
    private int FairCount(int newcomer)
    {
        double all = 0;
        for (int worker = 0; worker < draft.Input.Workers; worker++)
        {
            all += _fleet.Stays(worker) ? _fleet.Capacity[worker] : 0;
        }

        return (int)Math.Ceiling(draft.Input.Tasks * _fleet.Capacity[newcomer] / all);
    }
}
