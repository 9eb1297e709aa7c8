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

    /// <param name="target">Null: nobody owns it from now on.</param>
    public void Move(AssignedTask task, Candidate? target, AssignReason reason)
    {
        Member? holder = members.Holder(task.Owner);
        Epoch oldEpoch = task.Epoch;
        string from = task.Worker;
        Member? to = target?.Member;
        turn.Record(new TaskAssigned(
            task.Id,
            turn.State.Assignments.NextEpoch,
            to?.Name ?? "",
            to?.Incarnation ?? 0,
            reason,
            turn.Now.UnixMs));
        turn.Emit(new StopDispatch(task.Id, task.Epoch));
        if (holder is { HasStream: true })
        {
            turn.Tell(holder, Ending(task.Id, oldEpoch, reason));
        }

        if (target is not null)
        {
            target.Held++;
            turn.Tell(target.Member, Grants.Of(turn.State, task, confirmed: false));
        }

        Count(from, reason, to?.Name ?? "");
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
        reason is AssignReason.WorkerJoined or AssignReason.Drain
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
