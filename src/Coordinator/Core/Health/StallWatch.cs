using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Health;

/// <summary>Finds workers that live but get nothing done: events wait for their tasks, and none of these
/// advances.</summary>
internal sealed class StallWatch(Turn turn, MemberTable members, ProgressBoard progress)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private Dictionary<TaskId, Wait> _waiting = [];
    private TimeSpan _nextLook;

    /// <returns>Whether a worker may get tasks again.</returns>
    public bool Tick()
    {
        if (turn.Now.Uptime < _nextLook)
        {
            return false;
        }

        _nextLook = turn.Now.Uptime + _interval;
        var waiting = new Dictionary<TaskId, Wait>();
        bool recovered = false;
        foreach (Member member in members.All)
        {
            recovered |= Look(member, waiting);
        }

        _waiting = waiting;
        return recovered;
    }

    private bool Look(Member member, Dictionary<TaskId, Wait> waiting)
    {
        bool stalled = member.Holds && IsStalled(member, waiting);
        if (stalled && member.State == WorkerState.Alive)
        {
            member.Become(WorkerState.Stalled, HealthReasons.NoProgress, turn.Now);
            turn.Raise(
                EventLevel.Warn,
                "WORKER_STALLED",
                $"workers/{member.Name}",
                $"Worker {member.Name} lives, but none of its tasks advances while events wait for them.");
        }
        else if (!stalled && member.State == WorkerState.Stalled)
        {
            member.Become(WorkerState.Alive, HealthReasons.HeartbeatsArrive, turn.Now);
            return true;
        }

        return false;
    }

    private bool IsStalled(Member member, Dictionary<TaskId, Wait> waiting)
    {
        bool any = false;
        bool all = true;
        foreach (AssignedTask task in turn.State.Assignments.OwnedBy(member.Owner))
        {
            // One that restores makes progress of another kind.
            if (progress.Of(task) is not { State: TaskRunState.Running or TaskRunState.Paused } report
                || report.NextOffset >= turn.State.Partitions.Get(task.Partition).NextOffset)
            {
                continue;
            }

            Wait wait = _waiting.TryGetValue(task.Id, out Wait before) && before.Offset == report.NextOffset
                ? before
                : new Wait(report.NextOffset, turn.Now.Uptime);
            waiting[task.Id] = wait;
            any = true;
            all &= turn.Now.Uptime - wait.Since >= turn.Policy.Detection.StallAfter;
        }

        return any && all;
    }

    private readonly record struct Wait(ulong Offset, TimeSpan Since);
}
