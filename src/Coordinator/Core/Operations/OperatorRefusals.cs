using Millrace.Common.Model;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>Why operators are refused what they ask for.</summary>
internal static class OperatorRefusals
{
    public static Refusal NoSuchWorker(string worker, string field) => Named(
        RefusalKind.NotFound,
        "NO_SUCH_WORKER",
        $"There is no worker {worker}; millrace workers list shows all.",
        ("field", field),
        ("worker", worker));

    public static Refusal NoSuchAssignment(TaskName task) => Named(
        RefusalKind.NotFound,
        "NO_SUCH_ASSIGNMENT",
        $"There is no assignment {task}; millrace partitions list shows all.",
        ("field", "name"),
        ("assignment", $"{task}"));

    public static Refusal NoSuchOperation(ulong number) => Named(
        RefusalKind.NotFound,
        "NO_SUCH_OPERATION",
        $"There is no operation {Operation.NameOf(number)}, or not any more; millrace operations list shows all.",
        ("field", "name"),
        ("operation", Operation.NameOf(number)));

    public static Refusal WorkerCordoned(string worker, string duty) => Named(
        RefusalKind.FailedPrecondition,
        "WORKER_CORDONED",
        $"Worker {worker} is {duty} and gets nothing new; uncordon it or choose another worker.",
        ("field", "to_worker"),
        ("worker", worker));

    public static Refusal WorkerNotAlive(string worker, string state) => Named(
        RefusalKind.FailedPrecondition,
        "WORKER_NOT_ALIVE",
        $"Worker {worker} is {state} and gets nothing new; choose another worker or wait until it is back.",
        ("field", "to_worker"),
        ("worker", worker));

    public static Refusal CannotTake(string worker, string why) => Named(
        RefusalKind.FailedPrecondition,
        "WORKER_CANNOT_TAKE",
        $"Worker {worker} can not take the task: {why}; choose another worker.",
        ("field", "to_worker"),
        ("worker", worker));

    public static Refusal EpochMismatch(TaskName task, Epoch expected, Epoch actual) => Named(
        RefusalKind.Aborted,
        "STALE_EPOCH",
        $"{task} is at epoch {actual.Value}, not {expected.Value}: it has changed hands since; look again, then retry.",
        ("field", "expected_epoch"),
        ("expectedEpoch", $"{expected.Value}"),
        ("epoch", $"{actual.Value}"));

    public static Refusal AlreadyThere(TaskName task, string worker) => Named(
        RefusalKind.FailedPrecondition,
        "ALREADY_THERE",
        $"{task} is on worker {worker} already; there is nothing to move.",
        ("field", "to_worker"),
        ("worker", worker));

    public static Refusal Pinned(TaskName task, TaskPin pin, string worker) => Named(
        RefusalKind.FailedPrecondition,
        "PINNED",
        $"{task} is pinned to {pin} and may not go to worker {worker}; unpin it, or move it with pin_after_move.",
        ("field", "to_worker"),
        ("pin", $"{pin}"),
        ("worker", worker));

    public static Refusal PinAgainstLabels(string worker, TaskPin pin) => Named(
        RefusalKind.FailedPrecondition,
        "PIN_AGAINST_LABELS",
        $"Worker {worker} does not have the labels {pin.Selector()}; pin to a worker that has them, or leave one out.",
        ("field", "pin.label_selector"),
        ("worker", worker),
        ("labelSelector", pin.Selector()));

    public static Refusal NoWorkerMatches(TaskPin pin) => Named(
        RefusalKind.FailedPrecondition,
        "NO_WORKER_MATCHES",
        $"No living worker has the labels {pin.Selector()}; start one with them or choose other labels.",
        ("field", "pin.label_selector"),
        ("labelSelector", pin.Selector()));

    public static Refusal NotPinned(TaskName task) => Named(
        RefusalKind.FailedPrecondition,
        "NOT_PINNED",
        $"{task} is not pinned; there is nothing to undo.",
        ("field", "name"));

    public static Refusal NoWorkerToDrainTo(string worker, TaskName task, string why) => Named(
        RefusalKind.FailedPrecondition,
        "NO_WORKER_TO_DRAIN_TO",
        $"Worker {worker} can not be drained: {task} has nowhere to go, because {why}; add or uncordon a worker.",
        ("field", "name"),
        ("worker", worker),
        ("assignment", $"{task}"));

    public static Refusal Conflict(string target, Operation running) => Named(
        RefusalKind.Aborted,
        "OPERATION_CONFLICT",
        $"{running.Name} ({running.Target}) is at work on {target}; wait for it or cancel it.",
        ("runningOperation", $"operations/{running.Name}"));

    public static Refusal Moving(TaskName task, string to) => Named(
        RefusalKind.Aborted,
        "OPERATION_CONFLICT",
        $"{task} is on its way to worker {to} already; wait until it is there.",
        ("worker", to));

    public static Refusal Over(Operation operation) => Named(
        RefusalKind.FailedPrecondition,
        "OPERATION_OVER",
        $"{operation.Name} is over ({operation.State.ToString().ToUpperInvariant()}); it can not be cancelled.",
        ("operation", operation.Name));

    public static Refusal NotCordoned(string worker) => Named(
        RefusalKind.FailedPrecondition,
        "NOT_CORDONED",
        $"Worker {worker} is neither cordoned nor in quarantine; there is nothing to undo.",
        ("field", "name"),
        ("worker", worker));

    private static Refusal Named(
        RefusalKind kind, string reason, string message, params (string Name, string Value)[] variables) =>
        new(kind, reason, message) { Metadata = variables.ToDictionary(v => v.Name, v => v.Value) };
}
