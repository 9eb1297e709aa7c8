using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>Everything that operators ask about workers, assignments and operations.</summary>
internal sealed class Operators
{
    private readonly Turn _turn;
    private readonly OperatorTurn _common;
    private readonly Transfers _transfers;
    private readonly WorkerOrders _workers;
    private readonly PinCommands _pins;
    private readonly MoveCommands _moves;
    private readonly DrainCommands _drains;

    public Operators(Turn turn, MemberTable members, Transfers transfers, Targets targets)
    {
        _turn = turn;
        _transfers = transfers;
        _common = new OperatorTurn(turn);
        _workers = new WorkerOrders(turn, members, _common);
        _pins = new PinCommands(turn, members, _common);
        _moves = new MoveCommands(turn, members, _common, transfers);
        _drains = new DrainCommands(turn, members, _common, transfers, targets);
    }

    /// <returns>Whether tasks without an owner may have one now.</returns>
    public bool Handle(OperatorInput input)
    {
        switch (input)
        {
            case CordonWorker cordon:
                _workers.Cordon(cordon);
                return false;
            case UncordonWorker uncordon:
                return _workers.Uncordon(uncordon);
            case PinTask pin:
                return _pins.Pin(pin);
            case UnpinTask unpin:
                return _pins.Unpin(unpin);
            case DrainWorker drain:
                _drains.Start(drain);
                return false;
            case MoveTask move:
                _moves.Start(move);
                return false;
            case CancelOperation cancel:
                return Cancel(cancel);
            case InspectOperation inspect:
                _turn.Reply(inspect.Call, Inspect(inspect.Operation));
                return false;
            case InspectOperations inspect:
                _turn.Reply(inspect.Call, new OperationList([.. _turn.State.Operations.All.Reverse()]));
                return false;
            default:
                throw new ArgumentException($"There is no rule for an input {input.GetType().Name}.", nameof(input));
        }
    }

    /// <summary>Goes on with what runs; also with what an earlier life of the coordinator began.</summary>
    public void Advance()
    {
        foreach (Operation operation in _turn.State.Operations.Running.ToArray())
        {
            if (operation.Verb == OperationVerb.DrainWorker)
            {
                _drains.Advance(operation);
            }
            else if (operation.Verb == OperationVerb.MoveAssignment)
            {
                _moves.Advance(operation);
            }
        }
    }

    private bool Cancel(CancelOperation input)
    {
        Operation? operation = _turn.State.Operations.Find(input.Operation);
        return _common.Answer(
            input,
            "operation",
            () => operation switch
            {
                null => OperatorRefusals.NoSuchOperation(input.Operation),
                { IsRunning: false } => OperatorRefusals.Over(operation),
                _ => null,
            },
            () =>
            {
                _transfers.CancelOf(input.Operation);
                string message = $"Cancelled after {operation!.StepsDone} of {operation.StepsTotal} moves.";
                _turn.Record(new OperationEnded(
                    input.Operation,
                    OperationState.Cancelled,
                    "CANCELLED",
                    message,
                    input.Request,
                    _turn.Now.UnixMs));
                _turn.Raise(
                    EventLevel.Info, "OPERATION_CANCELLED", operation.Target, $"{operation.Name}: {message}");
                return operation.Name;
            });
    }

    private object Inspect(ulong number) =>
        (object?)_turn.State.Operations.Find(number) ?? OperatorRefusals.NoSuchOperation(number);
}
