using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>
/// Planned moves: warm first, switch after. The target copies the newest snapshot and follows the events while the old
/// owner works on; once it keeps up, one record gives it the task under the epoch that was set aside when it began.
/// Until that record there is no other owner than the old one, after it none but the new one.
/// </summary>
internal sealed class Transfers(Turn turn, MemberTable members, Mover mover)
{
    private readonly Dictionary<TaskId, Watch> _watches = [];
    private readonly Dictionary<TaskId, TimeSpan> _restUntil = [];
    private TimeSpan _startedAt;

    /// <summary>The coordinator's life begins: those that hold warm copies have one lease to come back.</summary>
    public void Begin() => _startedAt = turn.Now.Uptime;

    /// <summary>Moves a task to a living worker; cold, at once, if nobody holds it.</summary>
    public void Start(AssignedTask task, Member target, AssignReason reason, ulong operation)
    {
        if (!turn.Policy.WarmMoves || members.Holder(task.Owner) is null)
        {
            mover.Move(task, target, reason, operation);
            mover.Summarise();
            return;
        }

        turn.Record(new TaskWarming(
            task.Id,
            turn.State.Assignments.NextEpoch,
            target.Name,
            target.Incarnation,
            task.Restore,
            reason,
            operation,
            turn.Now.UnixMs));
        WatchOf(task);
        turn.Tell(target, Grants.OfCopy(turn.State, task, confirmed: false));
    }

    /// <summary>A worker takes so many warm copies at a time that none of them takes long.</summary>
    public bool HasRoom(Member target) =>
        turn.State.Assignments.Moving.Count(t => t.Transfer!.Owner == target.Owner) < turn.Policy.TransfersPerWorker;

    /// <summary>Its last transfer failed a moment ago.</summary>
    public bool IsResting(AssignedTask task) =>
        _restUntil.TryGetValue(task.Id, out TimeSpan until) && turn.Now.Uptime < until;

    /// <summary>Ends what has become impossible or takes too long.</summary>
    public void Advance()
    {
        foreach (AssignedTask task in turn.State.Assignments.Moving.ToArray())
        {
            if (WhyNot(task) is { } reason)
            {
                End(task, reason);
            }
        }

        foreach (TaskId over in _restUntil.Where(r => r.Value <= turn.Now.Uptime).Select(r => r.Key).ToArray())
        {
            _restUntil.Remove(over);
        }
    }

    /// <summary>A worker says how far it has come: copies among its tasks may be ready now.</summary>
    public void Report(TaskProgressed progressed)
    {
        if (members.InSession(progressed.Worker, progressed.Session) is not { } member)
        {
            return;
        }

        foreach (TaskProgress progress in progressed.Tasks)
        {
            if (turn.State.Assignments.Find(progress.Task) is { Transfer: { } copy } task
                && copy.Epoch == progress.Epoch
                && copy.Owner == member.Owner)
            {
                Watch watch = WatchOf(task);
                watch.IsFollowing = progress.State == TaskRunState.Warm;
                watch.NextOffset = progress.NextOffset;
                if (IsReady(task, watch))
                {
                    TakeOver(task, member, copy.Reason);
                }
            }
        }
    }

    /// <summary>The owner is gone: its copy takes over if it has everything that is committed.</summary>
    public bool TryRescue(AssignedTask task, AssignReason reason)
    {
        if (task.Transfer is not { } copy
            || members.Holder(copy.Owner) is not { State: WorkerState.Alive } member
            || WatchOf(task) is not { IsFollowing: true } watch
            || watch.NextOffset < task.Restore.NextOffset)
        {
            return false;
        }

        TakeOver(task, member, reason);
        return true;
    }

    /// <summary>Gives up the copies that an operation began.</summary>
    public void CancelOf(ulong operation)
    {
        foreach (AssignedTask task in turn.State.Assignments.Moving
            .Where(t => t.Transfer!.Operation == operation).ToArray())
        {
            End(task, "CANCELLED");
        }
    }

    /// <summary>The old owner keeps the task.</summary>
    public void End(AssignedTask task, string reason)
    {
        WarmCopy copy = task.Transfer!;
        turn.Record(new WarmingEnded(task.Id, copy.Epoch, reason, turn.Now.UnixMs));
        turn.Emit(new StopCopy(task.Id, copy.Epoch));
        if (members.Holder(copy.Owner) is { HasStream: true } target)
        {
            turn.Tell(target, new Fenced(task.Id, copy.Epoch, reason));
        }

        _watches.Remove(task.Id);
        _restUntil[task.Id] = turn.Now.Uptime + turn.Policy.TransferRest;
    }

    private void TakeOver(AssignedTask task, Member target, AssignReason reason)
    {
        mover.TakeOver(task, target, reason);
        mover.Summarise();
        _watches.Remove(task.Id);
    }

    private string? WhyNot(AssignedTask task)
    {
        WarmCopy copy = task.Transfer!;
        if (members.Holder(copy.Owner) is null)
        {
            bool mayComeBack = members.Find(copy.Owner.Worker) is null
                && turn.Now.Uptime - _startedAt < turn.Policy.Lease;
            return mayComeBack ? null : "TARGET_LOST";
        }

        if (!turn.State.Duties.IsOpen(copy.Owner.Worker))
        {
            return "TARGET_CORDONED";
        }

        // State that was to come from tasks of before is not kept once the owner has committed its own.
        bool gone = copy.Point.SnapshotId.Length == 0 && task.Origins.Count > 0 && task.Newest is not null;
        if (gone && !WatchOf(task).IsFollowing)
        {
            return "RESTORE_POINT_GONE";
        }

        return turn.Now.Uptime - WatchOf(task).StartedAt >= turn.Policy.TransferDeadline ? "TIMED_OUT" : null;
    }

    /// <summary>The copy has everything that was stored a moment ago, so it keeps up, and everything that is
    /// committed.</summary>
    private bool IsReady(AssignedTask task, Watch watch)
    {
        if (!watch.IsFollowing
            || watch.NextOffset < task.Restore.NextOffset
            || members.Holder(task.Owner) is null
            || !turn.State.Duties.IsOpen(task.Transfer!.Owner.Worker))
        {
            return false;
        }

        ulong head = turn.State.Partitions.Get(task.Partition).NextOffset;
        bool reached = watch.MarkedAt is { } at
            && watch.NextOffset >= watch.MarkedOffset
            && turn.Now.Uptime - at <= LagAllowed(watch);
        if (reached || watch.NextOffset >= head)
        {
            return true;
        }

        if (watch.MarkedAt is null || watch.NextOffset >= watch.MarkedOffset)
        {
            watch.MarkedAt = turn.Now.Uptime;
            watch.MarkedOffset = head;
        }

        return false;
    }

    /// <summary>Grows with time: a copy far away reports late however well it keeps up, and is to take over
    /// too.</summary>
    private TimeSpan LagAllowed(Watch watch)
    {
        TimeSpan grown = turn.Policy.TransferLag + ((turn.Now.Uptime - watch.StartedAt) / 10);
        return grown < turn.Policy.TransferLagMost ? grown : turn.Policy.TransferLagMost;
    }

    private Watch WatchOf(AssignedTask task)
    {
        if (!_watches.TryGetValue(task.Id, out Watch? watch) || watch.Epoch != task.Transfer!.Epoch)
        {
            _watches[task.Id] = watch = new Watch(turn.Now.Uptime);
        }

        watch.Epoch = task.Transfer!.Epoch;
        return watch;
    }

    /// <summary>What is known of a copy. Live only: after a restart it is learnt anew.</summary>
    private sealed class Watch(TimeSpan startedAt)
    {
        public TimeSpan StartedAt { get; } = startedAt;

        public Epoch Epoch { get; set; }

        /// <summary>It is restored, and its worker's lease has not ended.</summary>
        public bool IsFollowing { get; set; }

        public ulong NextOffset { get; set; }

        /// <summary>When the partition's end was at the marked offset.</summary>
        public TimeSpan? MarkedAt { get; set; }

        public ulong MarkedOffset { get; set; }
    }
}
