namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>
/// A task that keeps its worker too busy even alone gets the worker with most headroom, which gives up what it has to
/// make room. Taking what helps one by one does not find that: on a worker that has its share the task fits only once
/// others have left, and until then they have no reason to.
/// </summary>
internal sealed class Isolation
{
    private readonly PlanDraft _before;
    private readonly int _task;
    private readonly int _from;
    private readonly int _to;

    private Isolation(PlanDraft before, int task, int from, int to)
    {
        (_before, _task, _from, _to) = (before, task, from, to);
    }

    /// <summary>Null: of the most used worker no task is too heavy, or it may not move, or nowhere would be
    /// better.</summary>
    public static Isolation? Find(PlanDraft draft)
    {
        Fleet fleet = draft.Fleet;
        int hottest = Hottest(fleet);
        if (hottest < 0)
        {
            return null;
        }

        int task = Heaviest(draft, hottest);
        double stop = fleet.Mean * draft.Options.Stop;
        if (task < 0 || fleet.TaskLoad[task] / fleet.Capacity[hottest] <= stop || draft.OverBudget(task) is not null)
        {
            return null;
        }

        int target = Roomiest(draft, task, hottest, out double use);
        return target >= 0 && use < fleet.Use(hottest) * (1 - draft.Options.LeastGain)
            ? new Isolation(draft.Copy(), task, hottest, target)
            : null;
    }

    /// <summary>What comes of it: the task first, then what its new worker can not bear beside it, and what else
    /// helps.</summary>
    public PlanDraft Make()
    {
        _before.Move(_task, _from, _to, PlanReason.Isolate);
        new BalancePhase(_before).Run();
        return _before;
    }

    private static int Hottest(Fleet fleet)
    {
        int hottest = PlanInput.Nobody;
        for (int worker = 0; worker < fleet.Load.Length; worker++)
        {
            if (fleet.Stays(worker) && (hottest < 0 || fleet.Use(worker) > fleet.Use(hottest)))
            {
                hottest = worker;
            }
        }

        return hottest;
    }

    private static int Heaviest(PlanDraft draft, int worker)
    {
        int heaviest = PlanInput.Nobody;
        int[] owner = draft.Input.Owner;
        double[] load = draft.Fleet.TaskLoad;
        for (int task = 0; task < owner.Length; task++)
        {
            if (owner[task] == worker
                && (heaviest < 0 || load[task] > load[heaviest])
                && draft.Fixed(task) is null)
            {
                heaviest = task;
            }
        }

        return heaviest;
    }

    /// <summary>Where it would weigh least once all that may leave has left.</summary>
    private static int Roomiest(PlanDraft draft, int task, int hottest, out double use)
    {
        Fleet fleet = draft.Fleet;
        double[] load = [.. fleet.Load];
        for (int other = 0; other < draft.Input.Tasks; other++)
        {
            int owner = draft.Input.Owner[other];
            if (owner >= 0 && draft.Fixed(other) is null)
            {
                load[owner] -= fleet.TaskLoad[other];
            }
        }

        int roomiest = PlanInput.Nobody;
        use = double.PositiveInfinity;
        for (int worker = 0; worker < load.Length; worker++)
        {
            if (worker == hottest || !fleet.Takes(worker) || !draft.MayRun(task, worker))
            {
                continue;
            }

            double alone = (load[worker] + fleet.TaskLoad[task]) / fleet.Capacity[worker];
            if (alone < use || (alone == use && fleet.Use(worker) < fleet.Use(roomiest)))
            {
                (roomiest, use) = (worker, alone);
            }
        }

        return roomiest;
    }
}
