namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>
/// Decides which tasks move where, in which order and why: a pure function of what it is given. One plan does one kind
/// of thing beside finding owners for orphans and bringing pinned tasks home: after a loss nothing else, so that a
/// failure moves exactly the orphans; with newcomers only what goes to them; else balance, if there is reason to.
/// </summary>
internal static class Planner
{
    public static Plan Make(PlanInput input, PlanOptions options, IStrategy strategy)
    {
        Check(input);
        if (options.Full && FullPlan(input, options) is { } full)
        {
            return full;
        }

        var draft = new PlanDraft(input, options);
        new OrphanPhase(draft, strategy.NewPicker(draft), homeFirst: true).Run();
        bool failure = draft.MoveCount > 0;
        new PinPhase(draft).Run();
        if (failure)
        {
            return draft.Finish();
        }

        if (Array.IndexOf(input.Role, WorkerRole.Newcomer) >= 0)
        {
            new JoinPhase(draft).Run();
        }
        else if (draft.Fleet.Imbalance() > (options.Full ? options.Stop : options.Start))
        {
            draft = Even(draft);
        }

        return draft.Finish();
    }

    /// <summary>Relieves the busiest, or gives a task that is too heavy for its worker another one, whichever is
    /// better, until neither helps any more.</summary>
    private static PlanDraft Even(PlanDraft draft)
    {
        for (bool swept = false; ; swept = true)
        {
            PlanDraft? isolated = Isolation.Find(draft)?.Make();
            if (swept && isolated is null)
            {
                return draft;
            }

            if (!swept)
            {
                new BalancePhase(draft).Run();
            }

            if (isolated?.Fleet.Imbalance() < draft.Fleet.Imbalance() * (1 - draft.Options.LeastGain))
            {
                draft = isolated;
            }
            else if (swept)
            {
                return draft;
            }
        }
    }

    /// <summary>Null: it would cost more than the budget, gain nothing or find no place for all; then an incremental
    /// one does.</summary>
    private static Plan? FullPlan(PlanInput input, PlanOptions options)
    {
        int[] owner = new FullPhase(input).Run();
        var draft = new PlanDraft(input, options);
        new OrphanPhase(draft, new FoundOwners(owner), homeFirst: false).Run();
        int orphans = draft.MoveCount;
        for (int task = 0; task < owner.Length; task++)
        {
            int from = input.Owner[task];
            if (from == owner[task] || from < 0 || !draft.Fleet.Stays(from))
            {
                continue;
            }

            // where limits left no place for one, it stays, and there is no knowing whether what replaces it fits
            if (owner[task] < 0 || draft.OverBudget(task) is not null)
            {
                return null;
            }

            draft.Move(task, from, owner[task], PlanReason.Rebalance);
        }

        Plan plan = draft.Finish();
        bool gains = plan.ImbalanceAfter < plan.ImbalanceBefore * (1 - options.LeastGain);
        return orphans > 0 || gains ? plan : null;
    }

    private static void Check(PlanInput input)
    {
        int tasks = input.Tasks;
        bool right = input.StateBytes.Length == tasks
            && input.Owner.Length == tasks
            && (input.Pin is null || input.Pin.Length == tasks)
            && (input.Resting is null || input.Resting.Length == tasks)
            && (input.Class is null || input.Class.Length == tasks)
            && input.Role.Length == input.Workers
            && (input.MaxTasks is null || input.MaxTasks.Length == input.Workers);
        if (!right)
        {
            throw new ArgumentException("The arrays of a plan's input have different lengths.", nameof(input));
        }
    }

    private sealed class FoundOwners(int[] owner) : IPicker
    {
        public int Pick(int task) => owner[task];

        public void Placed(int worker)
        {
        }
    }
}
