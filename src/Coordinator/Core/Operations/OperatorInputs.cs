using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>What an operator asks about workers, assignments and operations.</summary>
/// <param name="Call">Answered with what the input says, or a Refusal.</param>
internal abstract record OperatorInput(long Call) : Input;

/// <summary>A change, with what all changes have in common.</summary>
/// <param name="Request">Null: a repeat is a new change.</param>
/// <param name="ValidateOnly">Only say whether it would be done.</param>
internal abstract record OperatorChange(long Call, string Note, Request? Request, bool ValidateOnly)
    : OperatorInput(Call);

/// <summary>Result: <see cref="Changed"/> with the worker's name.</summary>
internal sealed record CordonWorker(long Call, string Worker, string Note, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, Note, Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the worker's name.</summary>
internal sealed record UncordonWorker(long Call, string Worker, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, "", Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the operation's name.</summary>
/// <param name="MaxMoves">Moves at a time; 0: as the policy says.</param>
/// <param name="StopWhenDrained">Then ask the worker to leave.</param>
internal sealed record DrainWorker(
    long Call,
    string Worker,
    int MaxMoves,
    bool StopWhenDrained,
    string Note,
    Request? Request,
    bool ValidateOnly) : OperatorChange(Call, Note, Request, ValidateOnly);

/// <summary>A task as operators name it.</summary>
internal sealed record TaskName(string Job, string Stage, int Index)
{
    public static TaskName Of(Job job, AssignedTask task) => new(job.Name, job.Stage, task.Index);

    public override string ToString() => $"jobs/{Job}/assignments/{Stage}-{Index}";
}

/// <summary>Result: <see cref="Changed"/> with the operation's name.</summary>
/// <param name="ExpectedEpoch">Refused unless it is the present one; null: any.</param>
internal sealed record MoveTask(
    long Call,
    TaskName Task,
    string ToWorker,
    Epoch? ExpectedEpoch,
    bool PinAfterMove,
    string Note,
    Request? Request,
    bool ValidateOnly) : OperatorChange(Call, Note, Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the assignment's name.</summary>
internal sealed record PinTask(long Call, TaskName Task, TaskPin Pin, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, Pin.Note, Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the assignment's name.</summary>
internal sealed record UnpinTask(long Call, TaskName Task, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, "", Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the operation's name.</summary>
internal sealed record CancelOperation(long Call, ulong Operation, Request? Request)
    : OperatorChange(Call, "", Request, false);

/// <summary>Result: <see cref="Operation"/>.</summary>
internal sealed record InspectOperation(long Call, ulong Operation) : OperatorInput(Call);

/// <summary>Result: <see cref="OperationList"/>.</summary>
internal sealed record InspectOperations(long Call) : OperatorInput(Call);

/// <summary>A change was made, or would be.</summary>
/// <param name="Name">Of what was changed or made; empty: nothing was made, it was only asked whether it could
/// be.</param>
internal sealed record Changed(string Name);

/// <summary>Newest first.</summary>
internal sealed record OperationList(IReadOnlyList<Operation> All);
