using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Where tasks go that must go somewhere, by the cluster's strategy: the one rule for new ones, orphans,
/// drains and tasks that start over.</summary>
internal sealed class Targets(Turn turn, PlanSites sites)
{
    /// <param name="leaving">A worker whose tasks must leave it, too; empty: none.</param>
    /// <returns>Heaviest first; without those for which nobody has a place.</returns>
    public IReadOnlyList<(AssignedTask Task, Member Target)> Find(string leaving = "")
    {
        IStrategy strategy = turn.State.Rebalancing.Strategy;
        PlanSite site = sites.Make(strategy, PlanPurpose.Place, leaving: leaving);
        PlanOptions options = PlanOptions.Default with
        {
            MaxMoves = 0,
            MaxBytes = 0,
            Seed = turn.State.Assignments.LastEpoch.Value,
        };
        Plan plan = Planner.Make(site.Input, options, strategy);
        return [.. plan.Moves.Select(m => (site.Tasks[m.Task], site.Workers[m.To]))];
    }

    /// <summary>For one task that its owner is to lose; null: nobody else has a place for it.</summary>
    public Member? FindElsewhere(AssignedTask task) =>
        Find(leaving: task.Worker).FirstOrDefault(t => t.Task == task).Target;
}
