using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>Does what plans say, a few moves at a time, also those of an earlier life of the coordinator: what is left
/// to do follows from the plan and from who owns what.</summary>
internal sealed class PlanRunner(Turn turn, MemberTable members, Transfers transfers)
{
    private TimeSpan _startedAt;

    /// <summary>The coordinator's life begins: workers have one lease to come back.</summary>
    public void Begin() => _startedAt = turn.Now.Uptime;

    public bool IsRunning => turn.State.Operations.Running.Any(o => o.Verb == OperationVerb.ApplyPlan);

    public ulong Start(StoredPlan plan, int maxMoves, Request? request)
    {
        ulong number = turn.State.Operations.Last + 1;
        turn.Record(new PlanApplied(plan.Number, number, plan.Moves.Count, maxMoves, request, turn.Now.UnixMs));
        turn.Raise(
            EventLevel.Info,
            "REBALANCE_STARTED",
            $"plans/{plan.Name}",
            $"{Operation.NameOf(number)} applies {plan.Name} ({plan.Moves.Count} moves): "
                + string.Join(' ', [plan.Why, .. plan.Remarks]));
        return number;
    }

    public void Advance()
    {
        foreach (Operation operation in turn.State.Operations.Running
            .Where(o => o.Verb == OperationVerb.ApplyPlan).ToArray())
        {
            if (turn.State.Rebalancing.OfOperation(operation.Number) is { } plan)
            {
                Advance(operation, plan);
            }
        }
    }

    private void Advance(Operation operation, StoredPlan plan)
    {
        var settled = operation.Items.Where(i => i.State != MoveState.Warming).Select(i => i.Task).ToHashSet();
        int moving = 0;
        bool waiting = false;
        foreach (StoredMove move in plan.Moves.Where(m => !settled.Contains(m.Task)))
        {
            AssignedTask? task = turn.State.Assignments.Find(move.Task);
            if (task?.Transfer?.Operation == operation.Number)
            {
                moving++;
                continue;
            }

            if (task is null || IsVoid(move, task))
            {
                continue;
            }

            waiting = true;
            if ((operation.MaxMoves == 0 || moving < operation.MaxMoves) && CanStart(move, task))
            {
                transfers.Start(task, members.Find(move.To)!, ReasonOf(move.Reason), operation.Number);
                moving += task.Transfer is null ? 0 : 1;
            }
        }

        if (moving == 0 && !waiting)
        {
            End(operation, plan);
        }
    }

    /// <summary>It has changed hands since, or can not go there any more.</summary>
    private bool IsVoid(StoredMove move, AssignedTask task)
    {
        bool changed = task.Epoch != move.Epoch || task.Transfer is not null || task.Pin?.Worker is { Length: > 0 } home
            && home != move.To;
        bool early = turn.Now.Uptime - _startedAt < turn.Policy.Lease;
        bool gone = members.Find(move.To) is not { Holds: true } && !early;
        return changed || gone || !turn.State.Duties.IsOpen(move.To);
    }

    private bool CanStart(StoredMove move, AssignedTask task) =>
        members.Find(move.To) is { State: WorkerState.Alive } target
        && members.Holder(task.Owner) is { } source
        && source != target
        && transfers.HasRoom(target)
        && !transfers.IsResting(task)
        && Transfers(source) < turn.Policy.TransfersPerWorker
        && Transfers(target) < turn.Policy.TransfersPerWorker;

    /// <summary>In and out.</summary>
    private int Transfers(Member member) => turn.State.Assignments.Moving
        .Count(t => t.Owner == member.Owner || t.Transfer!.Owner == member.Owner);

    private void End(Operation operation, StoredPlan plan)
    {
        int failed = operation.Items.Count(i => i.State == MoveState.Failed);
        int left = plan.Moves.Count - operation.StepsDone - failed;
        string message = $"{operation.StepsDone} of {plan.Moves.Count} moves of {plan.Name} are done, {failed} failed, "
            + $"{left} were left because the task or its target has changed.";
        bool nothing = operation.StepsDone == 0 && plan.Moves.Count > 0;
        turn.Record(new OperationEnded(
            operation.Number,
            nothing ? OperationState.Failed : OperationState.Succeeded,
            nothing ? "NOTHING_MOVED" : "",
            message,
            null,
            turn.Now.UnixMs));
        turn.Raise(
            nothing ? EventLevel.Warn : EventLevel.Info,
            "REBALANCE_ENDED",
            $"plans/{plan.Name}",
            $"{operation.Name}: {message}");
    }

    private static AssignReason ReasonOf(PlanReason reason) => reason switch
    {
        PlanReason.WorkerJoined => AssignReason.WorkerJoined,
        PlanReason.Pin => AssignReason.Pin,
        PlanReason.Isolate => AssignReason.Isolate,
        _ => AssignReason.Rebalance,
    };
}
