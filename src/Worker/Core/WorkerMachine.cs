using Millrace.Common.Model;
using Millrace.Worker.Core.Fencing;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Core;

/// <summary>
/// Which tasks this worker has under which epochs, and what it does about it. Never decides ownership: it takes grants,
/// gives up what is revoked or fenced, and while it is not sure of a grant it keeps the state and waits.
/// </summary>
internal sealed class WorkerMachine(WorkerPolicy policy)
{
    private readonly SortedDictionary<ulong, OwnedTask> _tasks = [];
    private readonly EpochFence _fence = new();
    private TimeSpan _checkpointInterval = TimeSpan.FromSeconds(2);
    private TimeSpan _disconnectedAt;
    private ulong? _session;
    private ulong _lastCommitId;
    private bool _paused;
    private string? _drainReason;
    private TimeSpan _drainedBy;
    private TimeSpan _drainAskedAt;
    private bool _left;

    /// <summary>What a hello reports: every task that is owned, with the position that it has come to.</summary>
    public IReadOnlyList<(TaskId Task, Epoch Epoch, ulong Position)> Held =>
        [.. _tasks.Values.Select(task => (task.Task, task.Epoch, task.Position))];

    public void Handle(WorkerInput input, Now now, List<WorkerEffect> effects)
    {
        switch (input)
        {
            case Tick:
                break;
            case SessionOpened opened:
                OnSessionOpened(opened);
                break;
            case SessionLost lost:
                OnSessionLost(lost, now, effects);
                break;
            case DataStreamReset:
                SubscribeAll(now, effects);
                break;
            case Assigned assigned:
                OnAssigned(assigned.Grant, now, effects);
                break;
            case Revoked revoked:
                OnRevoked(revoked, now, effects);
                break;
            case WasFenced fenced:
                OnFenced(fenced.Task, fenced.Epoch, effects);
                break;
            case LeaseEnded or LeaseRenewed:
                OnLease(input is LeaseEnded, effects);
                break;
            case Progressed progressed:
                OnProgressed(progressed, effects);
                break;
            case DrainAsked asked:
                OnDrainAsked(asked, now, effects);
                break;
            default:
                HandleOwn(input, now, effects);
                break;
        }

        Advance(now, effects);
    }

    /// <summary>Inputs about a task that only count while it is owned under the epoch that they name.</summary>
    private void HandleOwn(WorkerInput input, Now now, List<WorkerEffect> effects)
    {
        switch (input)
        {
            case Restored restored when Find(restored.Task, restored.Epoch) is { IsRestored: false } task:
                OnRestored(task, now, effects);
                break;
            case RestoreFailed failed when Find(failed.Task, failed.Epoch) is { IsRestored: false } task:
                RetryRestore(task, now);
                break;
            case GapFound gap when Find(gap.Task, gap.Epoch) is { IsRestored: true, IsConfirmed: true } task:
                task.ResubscribeAt ??= Max(now.Uptime, task.SubscribedAt + policy.ResubscribeInterval);
                break;
            case TaskDamaged damaged when Find(damaged.Task, damaged.Epoch) is { IsRestored: true } task:
                OnDamaged(task, now, effects);
                break;
            case SnapshotStored stored when Find(stored.Checkpoint.Task, stored.Checkpoint.Epoch) is
                { Step: CheckpointStep.Capturing } task:
                task.Stored(stored.Checkpoint, ++_lastCommitId);
                Commit(task, effects);
                break;
            case CheckpointFailed failed when Find(failed.Task, failed.Epoch) is
                { Step: CheckpointStep.Capturing } task:
                EndCheckpoint(task, committed: null, effects);
                break;
            case CommitAnswered answer when Find(answer.Task, answer.Epoch) is
                { Step: CheckpointStep.Committing } task && task.CommitId == answer.CommitId:
                OnCommitAnswered(task, answer, effects);
                break;
        }
    }

    private void OnSessionOpened(SessionOpened opened)
    {
        _session = opened.Session;
        _checkpointInterval = opened.CheckpointInterval;
        foreach (OwnedTask task in _tasks.Values)
        {
            task.IsConfirmed = false;
        }
    }

    private void OnSessionLost(SessionLost lost, Now now, List<WorkerEffect> effects)
    {
        if (_session != lost.Session)
        {
            return;
        }

        _session = null;
        _disconnectedAt = now.Uptime;
        foreach (OwnedTask task in _tasks.Values)
        {
            task.IsConfirmed = false;
        }

        effects.Add(new DetachTasks());
    }

    private void OnAssigned(TaskGrant grant, Now now, List<WorkerEffect> effects)
    {
        if (_drainReason is not null && !_tasks.ContainsKey(grant.Task.Value))
        {
            return; // The goodbye tells the coordinator; until then nobody waits for us longer than for it.
        }

        if (!_fence.Admit(grant.Task, grant.Epoch))
        {
            return;
        }

        OwnedTask? held = _tasks.GetValueOrDefault(grant.Task.Value);
        if (held is not null && held.Epoch == grant.Epoch && Continues(held, grant))
        {
            Confirm(held, grant, now, effects);
            return;
        }

        if (held is not null)
        {
            Drop(held, effects);
        }

        var task = new OwnedTask(grant);
        _tasks[grant.Task.Value] = task;
        StartRestore(task, effects);
    }

    /// <summary>Under one epoch this process is the only owner, so its own state is good if it reaches the last commit.</summary>
    private static bool Continues(OwnedTask held, TaskGrant grant) =>
        held.IsRestored
            ? grant.Confirmed || held.Position >= grant.Restore.Position
            : held.Grant.Restore == grant.Restore;

    private void Confirm(OwnedTask task, TaskGrant grant, Now now, List<WorkerEffect> effects)
    {
        bool again = task.IsConfirmed;
        task.IsConfirmed = true;
        task.Advance(grant.Restore);
        if (again)
        {
            return;
        }

        Subscribe(task, now, effects);
        Commit(task, effects);
    }

    private void OnRestored(OwnedTask task, Now now, List<WorkerEffect> effects)
    {
        task.IsRestored = true;
        task.RestoreFailures = 0;
        task.CheckpointAt = now.Uptime + Stagger(task.Task);
        Subscribe(task, now, effects);
    }

    /// <summary>Tasks that start together shall not all take their checkpoints in the same instant.</summary>
    private TimeSpan Stagger(TaskId task) => _checkpointInterval * (0.5 + (task.Value % 16 / 32.0));

    private void RetryRestore(OwnedTask task, Now now)
    {
        TimeSpan wait = policy.RestoreRetryFirst * Math.Pow(2, Math.Min(task.RestoreFailures++, 16));
        task.RetryRestoreAt = now.Uptime + (wait < policy.RestoreRetryMax ? wait : policy.RestoreRetryMax);
    }

    private void OnDamaged(OwnedTask task, Now now, List<WorkerEffect> effects)
    {
        effects.Add(new DropTask(task.Task, task.Epoch));
        task.EndCheckpoint(committed: false);
        task.IsRestored = false;
        task.Position = task.Grant.Restore.Position;
        RetryRestore(task, now);
    }

    private void OnRevoked(Revoked revoked, Now now, List<WorkerEffect> effects)
    {
        OwnedTask? task = _tasks.GetValueOrDefault(revoked.Task.Value);
        if (task is not null && task.Epoch <= revoked.Epoch)
        {
            task.IsRevoked = true;
            StartLeaving(task, now.Uptime + policy.RevokeDeadline, effects);
        }
        else if (task is null)
        {
            _fence.Close(revoked.Task, revoked.Epoch);
            effects.Add(new SendRevokeDone(revoked.Task, revoked.Epoch));
        }
    }

    private void OnFenced(TaskId id, Epoch epoch, List<WorkerEffect> effects)
    {
        _fence.Close(id, epoch);
        if (_tasks.TryGetValue(id.Value, out OwnedTask? task) && task.Epoch <= epoch)
        {
            Drop(task, effects);
        }
    }

    private void OnCommitAnswered(OwnedTask task, CommitAnswered answer, List<WorkerEffect> effects)
    {
        if (answer.Accepted)
        {
            EndCheckpoint(task, task.Pending!.Point.Position, effects);
            return;
        }

        effects.Add(new NoteCommitRefused(task.Task, task.Epoch, answer.Reason));
        EndCheckpoint(task, committed: null, effects);
        if (answer.Reason is "STALE_EPOCH" or "AUDIT_MISMATCH")
        {
            // Either somebody else owns the task, or this state is wrong: both ways nothing may come of it any more.
            End(task, effects);
        }
    }

    private void OnLease(bool ended, List<WorkerEffect> effects)
    {
        _paused = ended;
        effects.Add(ended ? new PauseTasks() : new ResumeTasks());
        foreach (OwnedTask task in _tasks.Values)
        {
            Commit(task, effects);
        }
    }

    private void OnProgressed(Progressed progressed, List<WorkerEffect> effects)
    {
        var current = new List<TaskStanding>();
        foreach (TaskStanding standing in progressed.Tasks)
        {
            if (Find(standing.Task, standing.Epoch) is { IsRestored: true } task)
            {
                task.Position = standing.Position;
                current.Add(standing with { Phase = _paused ? TaskPhase.Paused : TaskPhase.Running });
            }
        }

        if (current.Count > 0 && _session is not null)
        {
            effects.Add(new SendProgress(current));
        }
    }

    private void OnDrainAsked(DrainAsked asked, Now now, List<WorkerEffect> effects)
    {
        if (_drainReason is not null)
        {
            return;
        }

        _drainReason = asked.Reason;
        _drainAskedAt = now.Uptime;
        _drainedBy = now.Uptime + policy.DrainDeadline;
        foreach (OwnedTask task in _tasks.Values)
        {
            StartLeaving(task, _drainedBy, effects);
        }
    }

    private static void StartLeaving(OwnedTask task, TimeSpan by, List<WorkerEffect> effects)
    {
        if (task.LeaveBy is null)
        {
            effects.Add(new UnsubscribeTask(task.Task, task.Epoch));
        }

        task.LeaveBy = task.LeaveBy < by ? task.LeaveBy : by;
    }

    /// <summary>Whatever has come due by now, whichever input came with it.</summary>
    private void Advance(Now now, List<WorkerEffect> effects)
    {
        foreach (OwnedTask task in _tasks.Values.ToArray())
        {
            if (task.LeaveBy is not null)
            {
                AdvanceLeaving(task, now, effects);
                continue;
            }

            if (task.RetryRestoreAt <= now.Uptime)
            {
                StartRestore(task, effects);
            }

            if (task.ResubscribeAt <= now.Uptime)
            {
                Subscribe(task, now, effects);
            }

            if (task.CheckpointAt <= now.Uptime && MayAct(task) && task.Step == CheckpointStep.None)
            {
                task.CheckpointAt = now.Uptime + _checkpointInterval;
                task.Capturing();
                effects.Add(new CaptureTask(task.Task, task.Epoch));
            }
        }

        bool alone = _session is null
            && now.Uptime >= Max(_disconnectedAt, _drainAskedAt) + policy.DrainReconnectDeadline;
        if (_drainReason is not null && !_left && (_tasks.Count == 0 || alone || now.Uptime >= _drainedBy))
        {
            _left = true;
            effects.Add(new SendGoodbye(_drainReason));
            effects.Add(new Leave());
        }
    }

    private void AdvanceLeaving(OwnedTask task, Now now, List<WorkerEffect> effects)
    {
        if (!task.IsRestored || task.LeaveBy <= now.Uptime)
        {
            End(task, effects);
        }
        else if (task.Step == CheckpointStep.None && !MayAct(task))
        {
            // Without a lease and a session no commit can be had; the deadline bounds the wait.
        }
        else if (task.Step == CheckpointStep.None && !task.LastCaptureDone)
        {
            task.LastCaptureDone = true;
            task.Capturing();
            effects.Add(new CaptureTask(task.Task, task.Epoch));
        }
        else if (task.Step == CheckpointStep.None)
        {
            End(task, effects);
        }
    }

    private OwnedTask? Find(TaskId task, Epoch epoch) =>
        _tasks.TryGetValue(task.Value, out OwnedTask? owned) && owned.Epoch == epoch ? owned : null;

    private bool MayAct(OwnedTask task) => _session is not null && !_paused && task.IsConfirmed && task.IsRestored;

    private void StartRestore(OwnedTask task, List<WorkerEffect> effects)
    {
        task.RetryRestoreAt = null;
        effects.Add(new StartRestore(task.Grant));
        if (_session is not null)
        {
            effects.Add(new SendProgress(
            [
                new TaskStanding(
                    task.Task, task.Epoch, TaskPhase.Restoring, task.Position, task.Grant.Restore.NextOffset, 0, 0),
            ]));
        }
    }

    private void SubscribeAll(Now now, List<WorkerEffect> effects)
    {
        foreach (OwnedTask task in _tasks.Values)
        {
            Subscribe(task, now, effects);
        }
    }

    private void Subscribe(OwnedTask task, Now now, List<WorkerEffect> effects)
    {
        task.ResubscribeAt = null;
        if (_session is not null && task is { IsConfirmed: true, IsRestored: true, LeaveBy: null })
        {
            task.SubscribedAt = now.Uptime;
            effects.Add(new SubscribeTask(task.Task, task.Epoch));
        }
    }

    /// <summary>Sends what is stored, if this worker may; called again whenever it may again.</summary>
    private void Commit(OwnedTask task, List<WorkerEffect> effects)
    {
        if (task.Pending is not null && MayAct(task))
        {
            effects.Add(new SendCommit(task.CommitId, task.Pending));
        }
    }

    private static void EndCheckpoint(OwnedTask task, ulong? committed, List<WorkerEffect> effects)
    {
        task.EndCheckpoint(committed is not null);
        effects.Add(new FinishCheckpoint(task.Task, task.Epoch, committed));
    }

    private void End(OwnedTask task, List<WorkerEffect> effects)
    {
        _fence.Close(task.Task, task.Epoch);
        Drop(task, effects);
    }

    private void Drop(OwnedTask task, List<WorkerEffect> effects)
    {
        _tasks.Remove(task.Task.Value);
        effects.Add(new DropTask(task.Task, task.Epoch));
        if (task.IsRevoked)
        {
            effects.Add(new SendRevokeDone(task.Task, task.Epoch));
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
