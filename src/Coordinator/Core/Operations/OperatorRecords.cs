using Millrace.Common.Model;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>Nothing new is placed on the worker from now on; what it has it keeps.</summary>
internal sealed record WorkerCordoned(string Worker, string Note, Request? Request, long UnixMs) : ControlRecord;

internal sealed record WorkerUncordoned(string Worker, Request? Request, long UnixMs) : ControlRecord;

/// <summary>A worker is to lose all its tasks and is cordoned from now on.</summary>
/// <param name="Steps">Tasks that it has now.</param>
internal sealed record DrainStarted(
    ulong Operation,
    string Worker,
    int Steps,
    int MaxMoves,
    bool StopWhenDrained,
    string Note,
    Request? Request,
    long UnixMs) : ControlRecord;

/// <summary>A task is to move to a worker of an operator's choice.</summary>
internal sealed record MoveStarted(
    ulong Operation,
    TaskId Task,
    string Assignment,
    string ToWorker,
    bool PinAfterMove,
    string Note,
    Request? Request,
    long UnixMs) : ControlRecord;

/// <summary>An operation is over. A drain that succeeded leaves its worker drained; any other drain leaves it as it was
/// before.</summary>
/// <param name="Reason">A stable word; empty when it succeeded.</param>
/// <param name="Request">Who asked to cancel it.</param>
internal sealed record OperationEnded(
    ulong Operation,
    OperationState State,
    string Reason,
    string Message,
    Request? Request,
    long UnixMs) : ControlRecord;

internal sealed record TaskPinned(TaskId Task, string Assignment, TaskPin Pin, Request? Request, long UnixMs)
    : ControlRecord;

internal sealed record TaskUnpinned(TaskId Task, string Assignment, Request? Request, long UnixMs) : ControlRecord;

/// <summary>A worker begins a warm copy of a task that another one owns. The epoch is set aside: it becomes the
/// task's when the copy takes over, and nobody else ever gets it. The epoch of a copy that the worker has already: what
/// was a standby is to take over.</summary>
/// <param name="Point">What the copy starts from.</param>
/// <param name="Reason">Why the task is to move.</param>
/// <param name="Operation">The operation that wants it; 0: none.</param>
/// <param name="Standby">It is kept for the day on which the owner is lost.</param>
internal sealed record TaskWarming(
    TaskId Task,
    Epoch Epoch,
    string Worker,
    ulong WorkerIncarnation,
    RestorePoint Point,
    AssignReason Reason,
    ulong Operation,
    long UnixMs,
    bool Standby = false) : ControlRecord;

/// <summary>A standby has loaded what it started from, which needs not be kept for it any more.</summary>
internal sealed record StandbyLoaded(TaskId Task, Epoch Epoch, long UnixMs) : ControlRecord;

/// <summary>A warm copy is given up; the task's owner keeps it.</summary>
/// <param name="Reason">A stable word.</param>
internal sealed record WarmingEnded(TaskId Task, Epoch Epoch, string Reason, long UnixMs) : ControlRecord;
