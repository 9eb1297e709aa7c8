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
    private readonly List<OwnedTask> _ended = [];
    private readonly EpochFence _fence = new();
    private readonly WorkerStanding _standing = new();
    private ulong? _session;
    private ulong _receivedPosition;
    private TimeSpan _disconnectedAt;
    private string? _drainReason;
    private TimeSpan _drainAskedAt;
    private bool _left;

    public bool HasWarmCopies => _tasks.Values.Any(task => task.IsWarm);

    /// <summary>How often to say how far tasks have come. Copies that wait for their turn do so all the
    /// time.</summary>
    public TimeSpan ReportInterval =>
        _tasks.Values.Any(task => task is { IsWarm: true, IsStandby: false }) ? TimeSpan.Zero
        : _tasks.Values.Any(task => task.IsStandby) ? policy.StandbyReportInterval
        : policy.ReportInterval;

    /// <summary>What a hello reports: every task that is owned, with the position that it was last known to have come
    /// to, and how much of the journal was seen since the last welcome.</summary>
    public Holdings Held => new(
        [.. _tasks.Values.Select(task => new HeldPosition(task.Task, task.Epoch, task.Position))], _receivedPosition);

    public void Handle(WorkerInput input, Now now, List<WorkerEffect> effects)
    {
        switch (input)
        {
            case SessionOpened opened:
                OnSessionOpened(opened);
                break;
            case SessionLost lost:
                OnSessionLost(lost, now, effects);
                break;
            case DataStreamReset:
                SubscribeAll(now, effects);
                break;
            case DataStreamEnded ended:
                _receivedPosition = Math.Max(_receivedPosition, ended.ReceivedPosition);
                break;
            case Assigned assigned:
                OnAssigned(assigned.Grant, now, effects);
                break;
            case Revoked revoked:
                OnRevoked(revoked, effects);
                break;
            case WasFenced fenced:
                End(fenced.Task, fenced.Epoch, effects);
                break;
            case LeaseEnded:
                OnLease(ended: true, effects);
                break;
            case LeaseRenewed:
                OnLease(ended: false, effects);
                break;
            case Progressed progressed:
                OnProgressed(progressed, effects);
                break;
            case DrainAsked asked:
                OnDrainAsked(asked, now, effects);
                break;
            default:
                HandleTask(input, now, effects);
                break;
        }

        Advance(now, effects);
    }

    /// <summary>Inputs about a task that only count while it is owned under the epoch that they name.</summary>
    private void HandleTask(WorkerInput input, Now now, List<WorkerEffect> effects)
    {
        switch (input)
        {
            case Restored restored:
                Find(restored.Task, restored.Epoch)?.OnRestored(now.Uptime, effects);
                break;
            case RestoreFailed failed:
                Find(failed.Task, failed.Epoch)?.OnRestoreFailed(now.Uptime);
                break;
            case Ending ending:
                Find(ending.Task, ending.Epoch)?.OnEnding(ending.EndOffset, effects);
                break;
            case EndReached reached:
                Find(reached.Task, reached.Epoch)?.OnEndReached(now.Uptime);
                break;
            case GapFound gap:
                Find(gap.Task, gap.Epoch)?.OnGap(now.Uptime);
                break;
            case PoisonFound found:
                Find(found.Task, found.Epoch)?.OnPoisoned(found.Event, now.Uptime, effects);
                break;
            case VerdictsGiven given:
                Find(given.Task, given.Epoch)?.OnVerdicts(given.Verdicts, effects);
                break;
            case TrialFound trial:
                Find(trial.Task, trial.Epoch)?.OnTrial(trial.Trial, now.Uptime, effects);
                break;
            case LeaveGiven leave:
                Find(leave.Task, leave.Epoch)?.OnLeave(leave.Leave, effects);
                break;
            case TaskDamaged damaged:
                Find(damaged.Task, damaged.Epoch)?.OnDamaged(now.Uptime, effects);
                break;
            case SnapshotStored stored:
                Find(stored.Checkpoint.Task, stored.Checkpoint.Epoch)?.OnStored(stored.Checkpoint, effects);
                break;
            case SnapshotAsked asked:
                Find(asked.Task, asked.Epoch)?.OnSnapshotAsked(now.Uptime);
                break;
            case CheckpointFailed failed:
                Find(failed.Task, failed.Epoch)?.OnCheckpointFailed(effects);
                break;
            case CommitAnswered answer when Find(answer.Task, answer.Epoch) is { } task:
                if (task.OnCommitAnswered(answer, effects))
                {
                    Drop(task, effects);
                }

                break;
        }
    }

    private void OnSessionOpened(SessionOpened opened)
    {
        _session = opened.Session;
        _standing.IsConnected = true;
        _standing.CheckpointInterval = opened.CheckpointInterval;
        _fence.Begin();
        _receivedPosition = 0;
        Unconfirm();
    }

    private void OnSessionLost(SessionLost lost, Now now, List<WorkerEffect> effects)
    {
        if (_session != lost.Session)
        {
            return;
        }

        _session = null;
        _standing.IsConnected = false;
        _disconnectedAt = now.Uptime;
        Unconfirm();
        effects.Add(new DetachTasks());
    }

    private void Unconfirm()
    {
        foreach (OwnedTask task in _tasks.Values)
        {
            task.IsConfirmed = false;
        }
    }

    private void OnAssigned(TaskGrant grant, Now now, List<WorkerEffect> effects)
    {
        OwnedTask? held = _tasks.GetValueOrDefault(grant.Task.Value);
        if (held is null && _drainReason is not null)
        {
            return; // The goodbye that is about to follow answers it.
        }

        if (!_fence.Admit(grant.Task, grant.Epoch))
        {
            return;
        }

        if (held?.GoesOnUnder(grant) == true)
        {
            bool takesOver = held.IsWarm && !grant.Warm;
            held.OnVerdicts(grant.Verdicts, effects);
            held.OnConfirmed(grant, now.Uptime, effects);
            if (takesOver)
            {
                held.Promote(grant, now.Uptime, effects);
            }

            if (grant.EndOffset is { } end)
            {
                held.OnEnding(end, effects);
            }

            return;
        }

        if (held is not null)
        {
            Drop(held, effects);
        }

        var task = new OwnedTask(grant, policy, _standing);
        _tasks[grant.Task.Value] = task;
        task.Restore(effects);
    }

    /// <summary>The epoch has ended already, so nothing more can be committed under it: stop at once.</summary>
    private void OnRevoked(Revoked revoked, List<WorkerEffect> effects)
    {
        End(revoked.Task, revoked.Epoch, effects);
        effects.Add(new SendRevokeDone(revoked.Task, revoked.Epoch));
    }

    /// <summary>Everything up to this epoch of the task is over.</summary>
    private void End(TaskId id, Epoch epoch, List<WorkerEffect> effects)
    {
        _fence.Close(id, epoch);
        if (_tasks.TryGetValue(id.Value, out OwnedTask? task) && task.Epoch <= epoch)
        {
            Drop(task, effects);
        }
    }

    private void OnLease(bool ended, List<WorkerEffect> effects)
    {
        _standing.IsPaused = ended;
        effects.Add(ended ? new PauseTasks() : new ResumeTasks());
        foreach (OwnedTask task in _tasks.Values)
        {
            task.Commit(effects);
        }
    }

    private void OnProgressed(Progressed progressed, List<WorkerEffect> effects)
    {
        var current = new List<TaskStanding>();
        foreach (TaskStanding standing in progressed.Tasks)
        {
            if (Find(standing.Task, standing.Epoch) is { } task && task.OnProgress(standing))
            {
                TaskPhase phase = task.IsWarm ? TaskPhase.Warm : TaskPhase.Running;
                current.Add(standing with { Phase = _standing.IsPaused ? TaskPhase.Paused : phase });
            }
        }

        if (current.Count > 0 && _standing.IsConnected)
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
        foreach (OwnedTask task in _tasks.Values)
        {
            task.StartLeaving(now.Uptime + policy.DrainDeadline, effects);
        }
    }

    /// <summary>Whatever has come due by now, whichever input came with it.</summary>
    private void Advance(Now now, List<WorkerEffect> effects)
    {
        foreach (OwnedTask task in _tasks.Values)
        {
            if (task.Advance(now.Uptime, effects))
            {
                _ended.Add(task);
            }
        }

        _ended.ForEach(task => Drop(task, effects));
        _ended.Clear();

        if (_drainReason is not null && !_left && HasDrained(now.Uptime))
        {
            _left = true;
            effects.Add(new SendGoodbye(_drainReason));
            effects.Add(new Leave());
        }
    }

    /// <summary>Without a session it waits a little even if it has nothing: one may be about to open, and whoever opens
    /// it would take a worker that goes without goodbye for dead.</summary>
    private bool HasDrained(TimeSpan now)
    {
        TimeSpan aloneSince = _disconnectedAt > _drainAskedAt ? _disconnectedAt : _drainAskedAt;
        return (_tasks.Count == 0 && _standing.IsConnected)
            || now >= _drainAskedAt + policy.DrainDeadline
            || (!_standing.IsConnected && now >= aloneSince + policy.DrainReconnectDeadline);
    }

    private void SubscribeAll(Now now, List<WorkerEffect> effects)
    {
        foreach (OwnedTask task in _tasks.Values)
        {
            task.Subscribe(now.Uptime, effects);
        }
    }

    private OwnedTask? Find(TaskId task, Epoch epoch) =>
        _tasks.TryGetValue(task.Value, out OwnedTask? owned) && owned.Epoch == epoch ? owned : null;

    /// <summary>The coordinator may grant the same epoch again: this process was and is its only owner.</summary>
    private void Drop(OwnedTask task, List<WorkerEffect> effects)
    {
        _tasks.Remove(task.Task.Value);
        effects.Add(new DropTask(task.Task, task.Epoch));
    }
}
