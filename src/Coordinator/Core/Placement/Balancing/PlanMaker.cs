using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>Makes plans of the present cluster, as they are stored.</summary>
internal sealed class PlanMaker(Turn turn, PlanSites sites, HeavyTasks heavy)
{
    private const int MaxSkipped = 100;

    public PlanSites Sites => sites;

    /// <param name="options">Budgets of 0: the usual share of what the cluster has.</param>
    public StoredPlan Make(IStrategy strategy, PlanPurpose purpose, PlanOptions options, bool automatic, string why)
    {
        PlanSite site = sites.Make(strategy, purpose);
        PlanOptions usual = PlanOptions.Default.WithShareOf(site.Tasks.Length, site.Input.StateBytes.Sum());
        options = options with
        {
            MaxMoves = Math.Min(options.MaxMoves > 0 ? options.MaxMoves : usual.MaxMoves, turn.Policy.MaxPlanMoves),
            MaxBytes = options.MaxBytes > 0 ? options.MaxBytes : usual.MaxBytes,
            TransfersPerWorker = turn.Policy.TransfersPerWorker,
            Seed = turn.State.Assignments.LastEpoch.Value,
        };
        Plan plan = Planner.Make(site.Input, options, strategy);
        return new StoredPlan(
            turn.State.Rebalancing.LastPlan + 1,
            strategy.Name,
            options.Full,
            automatic,
            why,
            turn.State.Revision,
            [.. plan.Moves.Where(m => m.From >= 0).Select(m => MoveOf(site, m))],
            [.. plan.Skipped.Take(MaxSkipped).Select(s => new StoredSkip(NameOf(site.Tasks[s.Task]), s.Reason))],
            [.. plan.TooHeavy.Take(MaxSkipped).Select(t => NameOf(site.Tasks[t]))],
            plan.Bound,
            plan.ImbalanceBefore,
            plan.ImbalanceAfter,
            plan.LowerBound,
            turn.Now.UnixMs,
            turn.Now.UnixMs + (long)turn.Policy.PlanExpiry.TotalMilliseconds)
        {
            Remarks = heavy.Remarks(site, plan),
        };
    }

    public string NameOf(AssignedTask task)
    {
        Job job = turn.State.Jobs.Get(task.Job);
        return $"{new TaskName(job.Name, job.Stage, task.Index)}";
    }

    private StoredMove MoveOf(PlanSite site, PlannedMove move)
    {
        AssignedTask task = site.Tasks[move.Task];
        return new StoredMove(
            task.Id,
            NameOf(task),
            task.Worker,
            site.Workers[move.To].Name,
            move.Reason,
            task.Epoch,
            site.Input.StateBytes[move.Task],
            move.Wave);
    }
}
