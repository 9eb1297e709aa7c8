using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Gives orphans to the living, by the cluster's strategy. What somebody holds is not touched.</summary>
internal sealed class PlacementRound(
    Turn turn,
    MemberTable members,
    Mover mover,
    Transfers transfers,
    PlanSites sites)
{
    /// <summary>Something has changed since the last round that may have made orphans or a place for them.</summary>
    public bool Due { get; set; } = true;

    /// <summary>A worker was lost, so that load may be uneven now.</summary>
    public bool HasLost { get; set; }

    public void Run()
    {
        if (!Due)
        {
            return;
        }

        Due = false;
        AssignmentTable assignments = turn.State.Assignments;
        AssignedTask[] orphans =
        [
            .. assignments.Owners.Where(o => members.Holder(o) is null).SelectMany(assignments.OwnedBy)
                .OrderBy(t => t.Id.Value),
        ];
        if (orphans.Length == 0)
        {
            return;
        }

        Dictionary<TaskId, Member> targets = Plan();
        int left = turn.Policy.MovesPerTurn;
        foreach (AssignedTask task in orphans)
        {
            Member? target = targets.GetValueOrDefault(task.Id);
            if (target is null && task.Worker.Length == 0)
            {
                continue;
            }

            if (left-- == 0)
            {
                Due = true;
                break;
            }

            AssignReason reason = ReasonFor(task);
            HasLost |= reason == AssignReason.WorkerLost;
            Rescue rescue = transfers.TryRescue(task, reason);
            Due |= rescue == Rescue.Wait;
            if (rescue == Rescue.Impossible)
            {
                mover.Move(task, target, reason, operation: 0);
            }
        }

        mover.Summarise();
    }

    private Dictionary<TaskId, Member> Plan()
    {
        IStrategy strategy = turn.State.Rebalancing.Strategy;
        PlanSite site = sites.Make(strategy, PlanPurpose.Place);
        PlanOptions options = PlanOptions.Default with
        {
            MaxMoves = 0,
            MaxBytes = 0,
            Seed = turn.State.Assignments.LastEpoch.Value,
        };
        return Planner.Make(site.Input, options, strategy).Moves
            .ToDictionary(m => site.Tasks[m.Task].Id, m => site.Workers[m.To]);
    }

    private AssignReason ReasonFor(AssignedTask task)
    {
        if (task.Worker.Length == 0)
        {
            return task.Reason;
        }

        return members.Find(task.Worker) switch
        {
            { Holds: true } => AssignReason.Restart,
            { State: WorkerState.Left } => AssignReason.Drain,
            _ => AssignReason.WorkerLost,
        };
    }
}
