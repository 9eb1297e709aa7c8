using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>
/// Warm copies: a worker copies the newest snapshot and follows the events while the owner works on, under an epoch
/// that was set aside when it began; one record makes that epoch current. The copy of a planned move takes over once it
/// keeps up, a standby when the owner is lost. Until that record there is no other owner than the old one, after it
/// none but the new one.
/// </summary>
internal sealed class Transfers(Turn turn, MemberTable members, Mover mover)
{
    private readonly Dictionary<Epoch, CopyWatch> _watches = [];
    private readonly Dictionary<(TaskId Task, bool Standby), TimeSpan> _restUntil = [];
    private readonly Dictionary<TaskId, TimeSpan> _waitingSince = [];
    private TimeSpan _startedAt;

    /// <summary>The coordinator's life begins: those that hold warm copies have one lease to come back.</summary>
    public void Begin() => _startedAt = turn.Now.Uptime;

    /// <summary>Moves a task to a living worker; cold, at once, if nobody holds it or if its events may take a copy
    /// down as well. A standby that is there already is what takes over.</summary>
    public void Start(AssignedTask task, Member target, AssignReason reason, ulong operation)
    {
        if (!turn.Policy.WarmMoves || members.Holder(task.Owner) is null || Grants.IsCareful(turn.State, task))
        {
            mover.Move(task, target, reason, operation);
            mover.Summarise();
            return;
        }

        Warm(task, target, reason, operation, isStandby: false);
    }

    /// <summary>Begins a standby on a worker that has no copy of the task.</summary>
    public void StandBy(AssignedTask task, Member target) =>
        Warm(task, target, AssignReason.WorkerLost, operation: 0, isStandby: true);

    /// <summary>A worker takes so many warm copies at a time that none of them takes long.</summary>
    public bool HasRoom(Member target) => turn.State.Assignments.Copies.On(target.Owner)
        .Count(t => t.Copies.Any(c => c.Owner == target.Owner && !c.IsLoaded)) < turn.Policy.TransfersPerWorker;

    /// <summary>Its last transfer, or standby, failed a moment ago.</summary>
    public bool IsResting(AssignedTask task, bool isStandby = false) =>
        _restUntil.TryGetValue((task.Id, isStandby), out TimeSpan until) && turn.Now.Uptime < until;

    /// <summary>What is known of a copy in this life of the coordinator.</summary>
    public CopyWatch WatchOf(WarmCopy copy)
    {
        if (!_watches.TryGetValue(copy.Epoch, out CopyWatch? watch))
        {
            _watches[copy.Epoch] = watch = new CopyWatch(turn.Now.Uptime);
        }

        return watch;
    }

    /// <summary>Ends what has become impossible or takes too long.</summary>
    public void Advance()
    {
        foreach (AssignedTask task in turn.State.Assignments.Copies.All.ToArray())
        {
            foreach (WarmCopy copy in task.Copies)
            {
                if (WhyNot(task, copy) is { } reason)
                {
                    End(task, copy, reason);
                }
            }
        }

        Forget(_restUntil, until => until <= turn.Now.Uptime);
        Forget(_waitingSince, since => turn.Now.Uptime - since > 2 * turn.Policy.StandbyPatience);
        if (_watches.Count > 2 * turn.State.Assignments.Copies.All.Count + 1_000)
        {
            var live = turn.State.Assignments.Copies.All.SelectMany(t => t.Copies).Select(c => c.Epoch).ToHashSet();
            foreach (Epoch gone in _watches.Keys.Where(e => !live.Contains(e)).ToArray())
            {
                _watches.Remove(gone);
            }
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
            if (turn.State.Assignments.Find(progress.Task) is { } task
                && task.Copies.FirstOrDefault(c => c.Epoch == progress.Epoch && c.Owner == member.Owner) is { } copy)
            {
                Report(task, copy, member, progress);
            }
        }
    }

    /// <summary>The owner is gone: a copy that has everything that is committed takes over.</summary>
    public Rescue TryRescue(AssignedTask task, AssignReason reason)
    {
        bool waits = false;
        foreach (WarmCopy copy in task.Copies.OrderBy(c => c.IsStandby))
        {
            if (members.Holder(copy.Owner) is { State: WorkerState.Alive } member
                && WatchOf(copy) is { IsFollowing: true } watch)
            {
                if (watch.NextOffset >= task.Restore.NextOffset || Mutants.Is(Mutant.StandbySkipsWhatItLacks))
                {
                    TakeOver(task, copy, member, reason);
                    return Rescue.Done;
                }

                waits = true;
            }
        }

        _waitingSince.TryAdd(task.Id, turn.Now.Uptime);
        waits &= turn.Now.Uptime - _waitingSince[task.Id] < turn.Policy.StandbyPatience;
        if (!waits)
        {
            _waitingSince.Remove(task.Id);
        }

        return waits ? Rescue.Wait : Rescue.Impossible;
    }

    /// <summary>Tells a worker of a new session which copies it is to have.</summary>
    /// <param name="held">Those that it has, and that are not behind all that is kept for a restore.</param>
    public void Remind(Member member, IReadOnlySet<TaskId> held)
    {
        foreach (AssignedTask task in turn.State.Assignments.Copies.On(member.Owner).ToArray())
        {
            WarmCopy copy = task.Copies.First(c => c.Owner == member.Owner);
            if (copy.IsLoaded && !held.Contains(task.Id))
            {
                End(task, copy, "COPY_LOST");
            }
            else
            {
                turn.Tell(member, Grants.OfCopy(turn.State, task, copy, held.Contains(task.Id)));
            }
        }
    }

    /// <summary>Gives up the copies that an operation began.</summary>
    public void CancelOf(ulong operation)
    {
        foreach (AssignedTask task in turn.State.Assignments.Moving
            .Where(t => t.Transfer!.Operation == operation).ToArray())
        {
            End(task, task.Transfer!, "CANCELLED");
        }
    }

    /// <summary>The old owner keeps the task.</summary>
    public void End(AssignedTask task, WarmCopy copy, string reason)
    {
        turn.Record(new WarmingEnded(task.Id, copy.Epoch, reason, turn.Now.UnixMs));
        mover.Stop(task.Id, copy, reason);
        _watches.Remove(copy.Epoch);
        _restUntil[(task.Id, copy.IsStandby)] = turn.Now.Uptime + turn.Policy.TransferRest;
    }

    private static void Forget<TKey>(Dictionary<TKey, TimeSpan> times, Predicate<TimeSpan> isOver)
        where TKey : notnull
    {
        if (times.Count == 0)
        {
            return;
        }

        foreach (TKey over in times.Where(t => isOver(t.Value)).Select(t => t.Key).ToArray())
        {
            times.Remove(over);
        }
    }

    private void Warm(AssignedTask task, Member target, AssignReason reason, ulong operation, bool isStandby)
    {
        WarmCopy? there = task.Copies.FirstOrDefault(c => c.Owner == target.Owner);
        turn.Record(new TaskWarming(
            task.Id,
            there?.Epoch ?? turn.State.Assignments.NextEpoch,
            target.Name,
            target.Incarnation,
            there?.Point ?? task.Restore,
            reason,
            operation,
            turn.Now.UnixMs,
            isStandby));
        WarmCopy copy = task.Copies.First(c => c.Owner == target.Owner);
        WatchOf(copy).Begin(turn.Now.Uptime);
        turn.Tell(target, Grants.OfCopy(turn.State, task, copy, confirmed: there is not null));
    }

    private void Report(AssignedTask task, WarmCopy copy, Member member, TaskProgress progress)
    {
        CopyWatch watch = WatchOf(copy);
        watch.Note(progress, task.OlderCommit.NextOffset, turn.Now.Uptime);
        if (copy.IsLoaded && progress.State == TaskRunState.Restoring)
        {
            // It has lost its state, and neither the point that it began with nor verdicts from there on are kept.
            End(task, copy, "COPY_LOST");
        }
        else if (!copy.IsStandby && IsReady(task, copy, watch))
        {
            TakeOver(task, copy, member, copy.Reason);
        }
        else if (copy is { IsStandby: true, IsLoaded: false } && watch.IsFollowing)
        {
            turn.Record(new StandbyLoaded(task.Id, copy.Epoch, turn.Now.UnixMs));
        }
    }

    private void TakeOver(AssignedTask task, WarmCopy copy, Member target, AssignReason reason)
    {
        mover.TakeOver(task, copy, target, reason);
        mover.Summarise();
        _watches.Remove(copy.Epoch);
        _waitingSince.Remove(task.Id);
    }

    private string? WhyNot(AssignedTask task, WarmCopy copy)
    {
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
        CopyWatch watch = WatchOf(copy);
        bool gone = copy.Point.SnapshotId.Length == 0 && task.Origins.Count > 0 && task.Newest is not null;
        if (gone && !copy.IsLoaded && !watch.IsFollowing)
        {
            return "RESTORE_POINT_GONE";
        }

        if (copy.IsStandby && watch.BehindFor(turn.Now.Uptime) >= turn.Policy.StandbyLagMost)
        {
            return "BEHIND";
        }

        TimeSpan since = copy.IsStandby ? watch.FollowedAt : watch.StartedAt;
        return turn.Now.Uptime - since >= turn.Policy.TransferDeadline ? "TIMED_OUT" : null;
    }

    /// <summary>The copy has everything that was stored a moment ago, so it keeps up, and everything that is
    /// committed.</summary>
    private bool IsReady(AssignedTask task, WarmCopy copy, CopyWatch watch)
    {
        if (!watch.IsFollowing
            || watch.NextOffset < task.Restore.NextOffset
            || members.Holder(task.Owner) is null
            || !turn.State.Duties.IsOpen(copy.Owner.Worker))
        {
            return false;
        }

        ulong head = turn.State.Partitions.Get(task.Partition).NextOffset;
        return watch.KeepsUp(head, turn.Now.Uptime, turn.Policy);
    }
}

/// <summary>What has come of a task whose owner is gone.</summary>
internal enum Rescue
{
    /// <summary>No copy can take over.</summary>
    Impossible = 0,

    /// <summary>A copy follows and is about to say that it has everything.</summary>
    Wait = 1,

    /// <summary>A copy has taken over.</summary>
    Done = 2,
}
