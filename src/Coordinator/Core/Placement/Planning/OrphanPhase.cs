namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Gives an owner to what has none, or none that stays; heaviest first, by the cluster's strategy. What others
/// hold is not touched, and no budget counts.</summary>
/// <param name="homeFirst">A pinned task goes home if that takes it; else the picker has seen to it.</param>
internal sealed class OrphanPhase(PlanDraft draft, IPicker picker, bool homeFirst)
{
    public void Run()
    {
        PlanInput input = draft.Input;
        int[] orphans = Find();
        LoadOrder.HeaviestFirst(orphans, draft.Fleet.TaskLoad);
        foreach (int task in orphans)
        {
            int from = input.Owner[task];
            int to = homeFirst && Home(task) is { } home ? home : picker.Pick(task);
            if (to < 0)
            {
                draft.Skip(task, SkipReason.NoWorker);
                continue;
            }

            draft.Move(task, from, to, ReasonFor(from));
            picker.Placed(to);
        }
    }

    private int[] Find()
    {
        int[] owner = draft.Input.Owner;
        int count = 0;
        for (int task = 0; task < owner.Length; task++)
        {
            count += IsOrphan(owner[task]) ? 1 : 0;
        }

        int[] orphans = new int[count];
        for (int task = 0, at = 0; at < count; task++)
        {
            if (IsOrphan(owner[task]))
            {
                orphans[at++] = task;
            }
        }

        return orphans;
    }

    private bool IsOrphan(int owner) => owner < 0 || !draft.Fleet.Stays(owner);

    /// <summary>A pin to a worker that can not take it does not keep a task from running elsewhere
    /// meanwhile.</summary>
    private int? Home(int task) =>
        draft.Input.Pin is { } pin && pin[task] >= 0 && draft.Fleet.Takes(pin[task]) && draft.MayRun(task, pin[task])
            ? pin[task]
            : null;

    private PlanReason ReasonFor(int from)
    {
        if (from < 0)
        {
            return PlanReason.Initial;
        }

        return draft.Input.Role[from] == WorkerRole.Gone ? PlanReason.WorkerLost : PlanReason.Drain;
    }
}
