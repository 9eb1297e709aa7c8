using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>Pins tasks to workers or labels, and unpins them. A pin moves nothing by itself: it binds the next
/// placement.</summary>
internal sealed class PinCommands(Turn turn, MemberTable members, OperatorTurn common)
{
    private const int MaxLabels = 16;

    /// <returns>Whether a task without an owner may have one now.</returns>
    public bool Pin(PinTask input)
    {
        AssignedTask? task = common.Find(input.Task);
        return common.Answer(
            input,
            "assignment",
            () => task is null ? OperatorRefusals.NoSuchAssignment(input.Task) : Check(input.Pin),
            () =>
            {
                Make(turn, task!, input.Task, input.Pin, input.Request);
                return $"{input.Task}";
            });
    }

    /// <returns>Whether a task without an owner may have one now.</returns>
    public bool Unpin(UnpinTask input)
    {
        AssignedTask? task = common.Find(input.Task);
        return common.Answer(
            input,
            "assignment",
            () => task switch
            {
                null => OperatorRefusals.NoSuchAssignment(input.Task),
                { Pin: null } => OperatorRefusals.NotPinned(input.Task),
                _ => null,
            },
            () =>
            {
                turn.Record(new TaskUnpinned(task!.Id, $"{input.Task}", input.Request, turn.Now.UnixMs));
                turn.Raise(
                    EventLevel.Info, "ASSIGNMENT_UNPINNED", $"{input.Task}", $"{input.Task} may be placed anywhere.");
                return $"{input.Task}";
            });
    }

    public static void Make(Turn turn, AssignedTask task, TaskName name, TaskPin pin, Request? request)
    {
        turn.Record(new TaskPinned(task.Id, $"{name}", pin, request, turn.Now.UnixMs));
        turn.Raise(
            EventLevel.Info,
            "ASSIGNMENT_PINNED",
            $"{name}",
            $"{name} is pinned to {pin}{WorkerOrders.Noted(pin.Note)}.");
    }

    private Refusal? Check(TaskPin pin)
    {
        if (pin.Worker.Length == 0 && pin.Labels.Count == 0)
        {
            return Refusal.BadField("pin", "A pin must name a worker, labels, or both.");
        }

        if (pin.Labels.Count > MaxLabels)
        {
            return Refusal.BadField("pin.label_selector", $"A pin names at most {MaxLabels} labels.");
        }

        if (pin.Worker.Length == 0)
        {
            return members.All.Any(m => m.State == WorkerState.Alive && pin.HasLabels(m))
                ? null
                : OperatorRefusals.NoWorkerMatches(pin);
        }

        if (members.Find(pin.Worker) is not { } member)
        {
            return OperatorRefusals.NoSuchWorker(pin.Worker, "pin.worker");
        }

        return pin.HasLabels(member) ? null : OperatorRefusals.PinAgainstLabels(pin.Worker, pin);
    }
}
