namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Brings pinned tasks home that run elsewhere.</summary>
internal sealed class PinPhase(PlanDraft draft)
{
    public void Run()
    {
        PlanInput input = draft.Input;
        if (input.Pin is not { } pins)
        {
            return;
        }

        for (int task = 0; task < pins.Length; task++)
        {
            int home = pins[task];
            int owner = input.Owner[task];
            if (home < 0 || owner < 0 || owner == home || draft.HasMoved(task) || !draft.Fleet.Takes(home))
            {
                continue;
            }

            if (input.Resting is { } resting && resting[task])
            {
                draft.Skip(task, SkipReason.Cooldown);
            }
            else if (!draft.MayRun(task, home))
            {
                draft.Skip(task, SkipReason.NoWorker);
            }
            else if (draft.OverBudget(task) is { } over)
            {
                draft.Skip(task, over);
            }
            else
            {
                draft.Move(task, owner, home, PlanReason.Pin);
            }
        }
    }
}
