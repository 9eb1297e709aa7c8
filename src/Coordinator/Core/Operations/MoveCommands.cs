using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>Moves single tasks to where an operator wants them.</summary>
internal sealed class MoveCommands(Turn turn, MemberTable members, OperatorTurn common, Transfers transfers)
{
    public void Start(MoveTask input)
    {
        AssignedTask? task = common.Find(input.Task);
        common.Answer(
            input,
            "operation",
            () => task is null ? OperatorRefusals.NoSuchAssignment(input.Task) : Check(input, task),
            () => Make(input, task!));
    }

    /// <summary>What a running move has come to.</summary>
    public void Advance(Operation operation)
    {
        if (turn.State.Assignments.Find(operation.Task) is not { } task)
        {
            End(operation, OperationState.Failed, "PARTITION_SEALED", $"{operation.Target} has come to its end.");
            return;
        }

        if (task.Transfer is { } transfer && transfer.Operation == operation.Number)
        {
            return;
        }

        MoveItem? last = operation.Items.Count > 0 ? operation.Items[^1] : null;
        if (last?.State == MoveState.Moved && last.To == operation.Worker)
        {
            End(operation, OperationState.Succeeded, "", $"{operation.Target} is on worker {operation.Worker}.");
            if (operation.PinAfterMove)
            {
                var pin = new TaskPin(operation.Worker, new Dictionary<string, string>(), operation.Note);
                PinCommands.Make(turn, task, common.NameOf(task), pin, null);
            }

            return;
        }

        string reason = last?.State == MoveState.Failed ? last.Reason : "OWNER_CHANGED";
        End(operation, OperationState.Failed, reason, $"{operation.Target} stays where it is ({reason}).");
    }

    private string Make(MoveTask input, AssignedTask task)
    {
        ulong number = turn.State.Operations.Last + 1;
        turn.Record(new MoveStarted(
            number,
            task.Id,
            $"{input.Task}",
            input.ToWorker,
            input.PinAfterMove,
            input.Note,
            input.Request,
            turn.Now.UnixMs));
        transfers.Start(task, members.Find(input.ToWorker)!, AssignReason.ManualMove, number);
        Advance(turn.State.Operations.Find(number)!);
        return Operation.NameOf(number);
    }

    private void End(Operation operation, OperationState state, string reason, string message)
    {
        turn.Record(new OperationEnded(operation.Number, state, reason, message, null, turn.Now.UnixMs));
        turn.Raise(
            state == OperationState.Succeeded ? EventLevel.Info : EventLevel.Warn,
            state == OperationState.Succeeded ? "ASSIGNMENT_MOVED" : "MOVE_FAILED",
            operation.Target,
            $"{operation.Name}: {message}");
    }

    private Refusal? Check(MoveTask input, AssignedTask task)
    {
        if (input.ExpectedEpoch is { } expected && expected != task.Epoch)
        {
            return OperatorRefusals.EpochMismatch(input.Task, expected, task.Epoch);
        }

        if (task.Transfer is { } transfer)
        {
            return turn.State.Operations.Find(transfer.Operation) is { } running
                ? OperatorRefusals.Conflict($"{input.Task}", running)
                : OperatorRefusals.Moving(input.Task, transfer.Owner.Worker);
        }

        return CheckTarget(input, task)
            ?? (turn.State.Operations.Running.Count() >= turn.Policy.MaxOperations
                ? Refusals.Full("running operations", turn.Policy.MaxOperations, "TOO_MANY_OPERATIONS")
                : null);
    }

    private Refusal? CheckTarget(MoveTask input, AssignedTask task)
    {
        string worker = input.ToWorker;
        if (members.Find(worker) is not { } member)
        {
            return OperatorRefusals.NoSuchWorker(worker, "to_worker");
        }

        if (member.Owner == task.Owner)
        {
            return OperatorRefusals.AlreadyThere(input.Task, worker);
        }

        if (turn.State.Duties.Of(worker) is not WorkerDuty.Open and var duty)
        {
            return OperatorRefusals.WorkerCordoned(worker, duty.ToString().ToLowerInvariant());
        }

        if (member.State != WorkerState.Alive)
        {
            return OperatorRefusals.WorkerNotAlive(worker, member.State.ToString().ToLowerInvariant());
        }

        bool pinned = task.Pin is { } pin && (input.PinAfterMove ? !pin.HasLabels(member) : !pin.Permits(member));
        if (pinned)
        {
            return OperatorRefusals.Pinned(input.Task, task.Pin!, worker);
        }

        Job job = turn.State.Jobs.Get(task.Job);
        Candidate? candidate = new Roster(members, turn.State).All.FirstOrDefault(c => c.Member == member);
        return candidate switch
        {
            { HasRoom: false } => OperatorRefusals.CannotTake(worker, "it has the most tasks that it takes"),
            { } c when !c.CanRun(job.Operator) =>
                OperatorRefusals.CannotTake(worker, $"it has no operator {job.Operator}"),
            _ => null,
        };
    }
}
