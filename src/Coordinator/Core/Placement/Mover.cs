using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Changes who owns a task: a new epoch first, then the old owner is stopped, then the new one is
/// told.</summary>
internal sealed class Mover(Turn turn, MemberTable members)
{
    private const int MostNames = 10;

    private readonly SortedDictionary<(string From, AssignReason Reason), SortedDictionary<string, int>> _moved =
        new(Comparer<(string From, AssignReason Reason)>.Create((a, b) =>
            a.From == b.From ? a.Reason.CompareTo(b.Reason) : string.CompareOrdinal(a.From, b.From)));

    /// <param name="to">Null: nobody owns it from now on.</param>
    /// <param name="operation">The operation that wants it; 0: none.</param>
    public void Move(AssignedTask task, Member? to, AssignReason reason, ulong operation)
    {
        Give(task, to, turn.State.Assignments.NextEpoch, reason, operation);
        if (to is not null)
        {
            turn.Tell(to, Grants.Of(turn.State, task, confirmed: false));
        }
    }

    /// <summary>The warm copy becomes the owner and goes on from its own position.</summary>
    public void TakeOver(AssignedTask task, WarmCopy copy, Member to, AssignReason reason)
    {
        Give(task, to, copy.Epoch, reason, copy.Operation);
        turn.Tell(to, Grants.Of(turn.State, task, confirmed: true));
    }

    private void Give(AssignedTask task, Member? to, Epoch epoch, AssignReason reason, ulong operation)
    {
        Member? holder = members.Holder(task.Owner);
        Epoch oldEpoch = task.Epoch;
        string from = task.Worker;
        IReadOnlyList<WarmCopy> copies = task.Copies;
        turn.Record(new TaskAssigned(
            task.Id,
            epoch,
            to?.Name ?? "",
            to?.Incarnation ?? 0,
            reason,
            turn.Now.UnixMs,
            operation));
        turn.Emit(new StopDispatch(task.Id, task.Epoch));
        if (holder is { HasStream: true })
        {
            turn.Tell(holder, Ending(task.Id, oldEpoch, reason));
        }

        foreach (WarmCopy copy in copies.Where(c => c.Epoch != epoch && !task.Copies.Contains(c)))
        {
            Stop(task.Id, copy, MoveReasons.Of(reason), but: to);
        }

        Count(from, reason, to?.Name ?? "");
    }

    /// <summary>Tells whoever has a copy that has ended.</summary>
    /// <param name="but">Hears of it in another way; null: nobody.</param>
    public void Stop(TaskId task, WarmCopy copy, string reason, Member? but = null)
    {
        turn.Emit(new StopCopy(task, copy.Epoch));
        if (members.Holder(copy.Owner) is { HasStream: true } other && other != but)
        {
            turn.Tell(other, new Fenced(task, copy.Epoch, reason));
        }
    }

    /// <summary>Raises one event for each former owner and reason since the last call.</summary>
    public void Summarise()
    {
        foreach (((string from, AssignReason reason), SortedDictionary<string, int> byTarget) in _moved)
        {
            int total = byTarget.Values.Sum();
            string tasks = total == 1 ? "1 task" : $"{total} tasks";
            string where = string.Join(
                ", ",
                byTarget.Take(MostNames).Select(t => $"{t.Value} to {(t.Key.Length == 0 ? "nobody yet" : t.Key)}"));
            string others = byTarget.Count > MostNames ? $" and {byTarget.Count - MostNames} more workers" : "";
            bool waiting = byTarget.ContainsKey("");
            string subject = from.Length > 0 ? $"workers/{from}" : "cluster";
            string origin = from.Length > 0 ? $" of worker {from}" : "";
            EventLevel level = reason == AssignReason.Drain ? EventLevel.Warn : EventLevel.Crit;
            turn.Raise(
                waiting ? level : EventLevel.Info,
                waiting ? "TASKS_WITHOUT_OWNER" : "TASKS_MOVED",
                subject,
                $"{tasks}{origin} given out ({MoveReasons.Of(reason)}): {where}{others}.");
        }

        _moved.Clear();
    }

    private static ToWorker Ending(TaskId task, Epoch epoch, AssignReason reason) =>
        MoveReasons.IsPlanned(reason)
            ? new Revoke(task, epoch, MoveReasons.Of(reason))
            : new Fenced(task, epoch, MoveReasons.Of(reason));

    private void Count(string from, AssignReason reason, string to)
    {
        if (!_moved.TryGetValue((from, reason), out SortedDictionary<string, int>? byTarget))
        {
            byTarget = new SortedDictionary<string, int>(StringComparer.Ordinal);
            _moved.Add((from, reason), byTarget);
        }

        byTarget[to] = byTarget.GetValueOrDefault(to) + 1;
    }
}
