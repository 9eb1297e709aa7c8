using System.Globalization;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>
/// Bounds how long a living worker may take to restore a task: then the task starts over under another epoch, on
/// another worker if one has a place for it. Each attempt may take twice as long as the one before, because the state
/// may only be large; after a few of them it stays where it is, and somebody is told. Live only: after a restart of the
/// coordinator it is counted anew.
/// </summary>
internal sealed class RestoreWatch(
    Turn turn, MemberTable members, ProgressBoard progress, Mover mover, Targets targets)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private Dictionary<TaskId, Attempt> _attempts = [];
    private TimeSpan _nextLook;

    public void Tick()
    {
        if (turn.Now.Uptime < _nextLook)
        {
            return;
        }

        _nextLook = turn.Now.Uptime + _interval;
        var attempts = new Dictionary<TaskId, Attempt>();
        var late = new List<(AssignedTask Task, Attempt Attempt)>();
        foreach (AssignedTask task in turn.State.Assignments.All)
        {
            if (Look(task) is { } attempt)
            {
                attempts.Add(task.Id, attempt);
                if (turn.Now.Uptime - attempt.Since >= LimitOf(attempt) && !attempt.IsLast)
                {
                    late.Add((task, attempt));
                }
            }
        }

        _attempts = attempts;
        foreach ((AssignedTask task, Attempt attempt) in late.Take(turn.Policy.MovesPerTurn))
        {
            StartOver(task, attempt);
        }

        mover.Summarise();
    }

    /// <returns>Null: it does not restore. Time during which its worker is not well does not count.</returns>
    private Attempt? Look(AssignedTask task)
    {
        bool before = _attempts.TryGetValue(task.Id, out Attempt known);
        TaskRunState? state = progress.Of(task)?.State;
        if (state != TaskRunState.Restoring)
        {
            // Between two attempts nothing is known; that does not make the next one the first.
            return before && state is null ? known with { Since = turn.Now.Uptime } : null;
        }

        bool counts = before && known.Epoch == task.Epoch
            && members.Holder(task.Owner) is { State: WorkerState.Alive or WorkerState.Stalled };
        return counts ? known : new Attempt(task.Epoch, turn.Now.Uptime, known.Failed, known.IsLast);
    }

    private TimeSpan LimitOf(Attempt attempt) => turn.Policy.RestoreWithin * Math.Pow(2, attempt.Failed);

    private void StartOver(AssignedTask task, Attempt attempt)
    {
        string name = $"{TaskName.Of(turn.State.Jobs.Get(task.Job), task)}";
        string seconds = LimitOf(attempt).TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        bool isLast = attempt.Failed + 1 >= turn.Policy.MostRestores;
        if (isLast)
        {
            _attempts[task.Id] = attempt with { IsLast = true };
            turn.Raise(
                EventLevel.Crit,
                "RESTORE_STUCK",
                name,
                $"{turn.Policy.MostRestores} attempts to restore the task failed, the last on worker {task.Worker} for "
                    + $"{seconds} s. It is left there; see that worker's log, or move the task.");
            return;
        }

        _attempts[task.Id] = attempt with { Failed = attempt.Failed + 1 };
        Member? target = targets.FindElsewhere(task) ?? members.Holder(task.Owner);
        turn.Raise(
            EventLevel.Warn,
            "RESTORE_TOO_SLOW",
            name,
            $"Worker {task.Worker} has not restored the task within {seconds} s; it starts over on worker "
                + $"{target?.Name ?? "none"}.");
        mover.Move(task, target, AssignReason.RestoreTooSlow, operation: 0);
    }

    /// <param name="Epoch">Under which it is restored.</param>
    /// <param name="Failed">Attempts before that took too long.</param>
    /// <param name="IsLast">There will be no other.</param>
    private readonly record struct Attempt(Epoch Epoch, TimeSpan Since, int Failed, bool IsLast);
}
