using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Gives orphans to the living, by the cluster's strategy. What somebody holds is not touched.</summary>
internal sealed class PlacementRound(
    Turn turn,
    MemberTable members,
    Mover mover,
    Transfers transfers,
    Targets targets)
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

        var found = targets.Find().ToDictionary(t => t.Task.Id, t => t.Target);
        int left = turn.Policy.MovesPerTurn;
        foreach (AssignedTask task in orphans)
        {
            Member? target = found.GetValueOrDefault(task.Id);
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
