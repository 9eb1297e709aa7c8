namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Forgets who has what and places everything anew, heaviest first; what is pinned or rests stays.</summary>
internal sealed class FullPhase(PlanInput input)
{
    /// <summary>The owner of each task, as it would be best.</summary>
    public int[] Run()
    {
        double[] load = Numbers.Sane(input.Load);
        int[] owner = new int[input.Tasks];
        Array.Fill(owner, PlanInput.Nobody);
        var fleet = new Fleet(Emptied(owner), load);
        int[] free = PutFixed(fleet, owner);
        LoadOrder.HeaviestFirst(free, load);
        var cold = new ColdIndexes(fleet, input);
        foreach (int task in free)
        {
            int to = cold.For(task).Coldest(load[task]);
            if (to >= 0)
            {
                owner[task] = to;
                fleet.Give(to, load[task]);
                cold.Update(to);
            }
        }

        return owner;
    }

    private PlanInput Emptied(int[] nobody) => new()
    {
        Load = input.Load,
        StateBytes = input.StateBytes,
        Owner = nobody,
        Capacity = input.Capacity,
        Role = input.Role,
        MaxTasks = input.MaxTasks,
    };

    /// <returns>The tasks that may go anywhere.</returns>
    private int[] PutFixed(Fleet fleet, int[] owner)
    {
        for (int task = 0; task < owner.Length; task++)
        {
            if (Stays(fleet, task))
            {
                owner[task] = input.Owner[task];
                fleet.Give(owner[task], fleet.TaskLoad[task]);
            }
        }

        int[] free = new int[input.Tasks];
        int count = 0;
        for (int task = 0; task < owner.Length; task++)
        {
            if (owner[task] >= 0)
            {
                continue;
            }

            owner[task] = Home(fleet, task);
            if (owner[task] >= 0)
            {
                fleet.Give(owner[task], fleet.TaskLoad[task]);
            }
            else
            {
                free[count++] = task;
            }
        }

        return free[..count];
    }

    /// <summary>It rests, or a closed worker has it (it may leave, but nothing says that it must), or it is pinned: if
    /// it is away from home, another plan brings it there.</summary>
    private bool Stays(Fleet fleet, int task)
    {
        int now = input.Owner[task];
        if (now < 0 || !fleet.Stays(now))
        {
            return false;
        }

        return input.Role[now] == WorkerRole.Closed
            || (input.Resting is { } resting && resting[task])
            || (input.Pin is { } pin && pin[task] >= 0);
    }

    /// <summary>Of a pinned orphan, if home takes it; else it is as free as any.</summary>
    private int Home(Fleet fleet, int task)
    {
        if (input.Pin is not { } pin || pin[task] < 0)
        {
            return PlanInput.Nobody;
        }

        bool[]? eligible = input.Eligible[input.Class is { } classes ? classes[task] : 0];
        bool takes = fleet.Takes(pin[task]) && (eligible is null || eligible[pin[task]]);
        return takes ? pin[task] : PlanInput.Nobody;
    }
}
