using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>Moves all tasks away from a worker, a few at a time, and says when it may leave.</summary>
internal sealed class DrainCommands(
    Turn turn, MemberTable members, OperatorTurn common, Transfers transfers, Targets targets)
{
    private const int MostMoves = 64;

    public void Start(DrainWorker input) => common.Answer(
        input, "operation", () => Check(input), () => Make(input));

    /// <summary>Goes on with a drain: starts moves, or ends it when nothing is left.</summary>
    public void Advance(Operation operation)
    {
        Member? member = members.Find(operation.Worker);
        AssignedTask[] left = [.. turn.State.Assignments.All.Where(t => t.Worker == operation.Worker)];
        bool isBack = member is null or { State: WorkerState.Suspect, Reason: HealthReasons.CoordinatorRestarted };
        if (left.Length == 0)
        {
            Finish(operation, member);
        }
        else if (!isBack && member!.Holds)
        {
            MoveSome(operation, member, left);
        }
    }

    /// <summary>Where they go is asked anew each time: load and workers change while a drain goes on.</summary>
    private void MoveSome(Operation operation, Member member, AssignedTask[] left)
    {
        int moving = left.Count(t => t.Transfer is not null);
        if (moving >= operation.MaxMoves || moving == left.Length || !CanBegin(member, left))
        {
            return;
        }

        foreach ((AssignedTask task, Member target) in targets.Find(leaving: member.Name))
        {
            if (moving < operation.MaxMoves
                && task.Owner == member.Owner
                && task.Transfer is null
                && !transfers.IsResting(task)
                && transfers.HasRoom(target))
            {
                transfers.Start(task, target, AssignReason.Drain, operation.Number);
                moving++;
            }
        }
    }

    private string Make(DrainWorker input)
    {
        ulong number = turn.State.Operations.Last + 1;
        int steps = turn.State.Assignments.All.Count(t => t.Worker == input.Worker);
        int most = input.MaxMoves == 0 ? turn.Policy.TransfersPerWorker : input.MaxMoves;
        turn.Record(new DrainStarted(
            number,
            input.Worker,
            steps,
            most,
            input.StopWhenDrained,
            input.Note,
            input.Request,
            turn.Now.UnixMs));
        turn.Raise(
            EventLevel.Info,
            "DRAIN_STARTED",
            $"workers/{input.Worker}",
            $"{Operation.NameOf(number)}: the {steps} tasks of worker {input.Worker} go elsewhere"
                + $"{WorkerOrders.Noted(input.Note)}.");
        Advance(turn.State.Operations.Find(number)!);
        return Operation.NameOf(number);
    }

    private void Finish(Operation operation, Member? member)
    {
        string message = $"Worker {operation.Worker} has no tasks any more and may leave.";
        turn.Record(new OperationEnded(
            operation.Number, OperationState.Succeeded, "", message, null, turn.Now.UnixMs));
        turn.Raise(
            EventLevel.Info, "WORKER_DRAINED", $"workers/{operation.Worker}", $"{operation.Name}: {message}");
        if (operation.StopWhenDrained && member is { HasStream: true })
        {
            turn.Tell(member, new Shutdown("DRAINED"));
        }
    }

    private Refusal? Check(DrainWorker input)
    {
        if (input.MaxMoves is < 0 or > MostMoves)
        {
            return Refusal.BadField("max_concurrent_moves", $"max_concurrent_moves must be 0 to {MostMoves}.");
        }

        if (members.Find(input.Worker) is null && turn.State.Duties.IsOpen(input.Worker))
        {
            return OperatorRefusals.NoSuchWorker(input.Worker, "name");
        }

        if (turn.State.Duties.Find(input.Worker) is { Duty: WorkerDuty.Draining } order)
        {
            return OperatorRefusals.Conflict(
                $"workers/{input.Worker}", turn.State.Operations.Find(order.Operation)!);
        }

        return CheckRoom(input.Worker)
            ?? (turn.State.Operations.Running.Count() >= turn.Policy.MaxOperations
                ? Refusals.Full("running operations", turn.Policy.MaxOperations, "TOO_MANY_OPERATIONS")
                : null);
    }

    /// <summary>Asking where tasks should go is dear, and a drain asks at every tick: not while none could begin to
    /// move.</summary>
    private bool CanBegin(Member leaving, AssignedTask[] left) =>
        left.Any(t => t.Owner == leaving.Owner && t.Transfer is null && !transfers.IsResting(t))
        && members.All.Any(m => m != leaving && turn.State.Duties.Takes(m) && transfers.HasRoom(m));

    /// <summary>Every task has somewhere to go, all of them at once.</summary>
    private Refusal? CheckRoom(string worker)
    {
        var found = targets.Find(leaving: worker).Select(t => t.Task).ToHashSet();
        AssignedTask? stuck = turn.State.Assignments.All
            .FirstOrDefault(t => t.Worker == worker && t.Transfer is null && !found.Contains(t));
        if (stuck is null)
        {
            return null;
        }

        Job job = turn.State.Jobs.Get(stuck.Job);
        string why = !members.All.Any(m => m.Name != worker && turn.State.Duties.Takes(m))
            ? "no other worker is alive and open"
            : stuck.Pin is { Labels.Count: > 0 } pin
                ? $"it is pinned to {pin}"
                : $"the other workers have no room or no operator {job.Operator}";
        return OperatorRefusals.NoWorkerToDrainTo(worker, common.NameOf(stuck), why);
    }
}
