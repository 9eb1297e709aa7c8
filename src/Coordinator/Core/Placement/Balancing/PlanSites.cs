using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>Makes the planner's input from what is known of tasks and workers.</summary>
internal sealed class PlanSites(
    Turn turn,
    MemberTable members,
    LoadBoard loads,
    ProgressBoard progress,
    Transfers transfers)
{
    /// <param name="newcomers">Those whose share is to be pulled up.</param>
    /// <param name="leaving">The worker that all tasks are to leave; empty: none.</param>
    public PlanSite Make(
        IStrategy strategy,
        PlanPurpose purpose,
        IReadOnlyCollection<Member>? newcomers = null,
        string leaving = "")
    {
        AssignedTask[] tasks = [.. turn.State.Assignments.All];
        Member[] workers = [.. members.All.Where(m => m.Holds)];
        var indices = new Dictionary<TaskOwner, int>();
        for (int i = 0; i < workers.Length; i++)
        {
            indices[workers[i].Owner] = i;
        }

        WorkerSample[] samples = [.. workers.Select(SampleOf)];
        double[] costs = strategy.Loads([.. tasks.Select(t => new TaskSample(loads.CostOf(t.Id)))]);
        var classes = new TaskClasses(turn.State, workers);
        return new PlanSite(tasks, workers, new PlanInput
        {
            Load = costs,
            StateBytes = [.. tasks.Select(t => (long)Math.Min(progress.Of(t)?.StateBytes ?? 0, long.MaxValue))],
            Owner = [.. tasks.Select(t => OwnerOf(t, indices))],
            Pin = tasks.Any(t => t.Pin is { Worker.Length: > 0 }) ? [.. tasks.Select(t => PinOf(t, workers))] : null,
            Resting = [.. tasks.Select(t => IsResting(t, purpose))],
            Class = [.. tasks.Select(classes.Of)],
            Eligible = classes.Eligible,
            Capacity = purpose == PlanPurpose.Place
                ? strategy.PlacingWeights(samples)
                : strategy.Capacities(samples),
            Role = [.. workers.Select(w => w.Name == leaving ? WorkerRole.Leaving : RoleOf(w, newcomers))],
            MaxTasks = [.. workers.Select(w => Math.Max(0, w.Facts.MaxAssignments))],
        });
    }

    public WorkerSample SampleOf(Member member) => new(
        member.Load is null ? double.NaN : member.CpuUse,
        member.Load is null ? double.NaN : member.MemoryUse,
        0,
        1,
        loads.SpeedOf(member.Owner));

    /// <summary>What it will be once what is under way is done.</summary>
    private static int OwnerOf(AssignedTask task, Dictionary<TaskOwner, int> indices)
    {
        if (!indices.TryGetValue(task.Owner, out int owner))
        {
            return PlanInput.Nobody;
        }

        return task.Transfer is { } copy && indices.TryGetValue(copy.Owner, out int target) ? target : owner;
    }

    private static int PinOf(AssignedTask task, Member[] workers) =>
        task.Pin is { Worker.Length: > 0 } pin
            ? Array.FindIndex(workers, w => w.Name == pin.Worker)
            : PlanInput.Nobody;

    private bool IsResting(AssignedTask task, PlanPurpose purpose)
    {
        bool cools = purpose == PlanPurpose.Balance
            && MoveReasons.IsPlanned(task.Reason)
            && turn.Now.UnixMs - task.ReasonUnixMs < (long)turn.Policy.MoveCooldown.TotalMilliseconds;
        bool ends = turn.State.Topics.Get(task.Partition).SealedAt > 0;
        return cools || ends || task.Transfer is not null || transfers.IsResting(task);
    }

    private WorkerRole RoleOf(Member member, IReadOnlyCollection<Member>? newcomers)
    {
        if (!turn.State.Duties.Takes(member))
        {
            return WorkerRole.Closed;
        }

        return newcomers?.Contains(member) == true ? WorkerRole.Newcomer : WorkerRole.Open;
    }
}
