using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Gives orphans to the living. What somebody holds is not touched.</summary>
internal sealed class PlacementRound(Turn turn, MemberTable members, Mover mover, Transfers transfers)
{
    /// <summary>Something has changed since the last round that may have made orphans or a place for them.</summary>
    public bool Due { get; set; } = true;

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

        var roster = new Roster(members, turn.State);
        int left = turn.Policy.MovesPerTurn;
        foreach (AssignedTask task in orphans)
        {
            Candidate? target = roster.Choose(task, turn.State.Jobs.Get(task.Job).Operator);
            if (target is null && task.Worker.Length == 0)
            {
                continue;
            }

            if (left-- == 0)
            {
                Due = true;
                break;
            }

            if (!transfers.TryRescue(task, ReasonFor(task)))
            {
                mover.Move(task, target, ReasonFor(task));
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
