using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Worker.Core.Verdicts;

namespace Millrace.Worker.Core.Tasks;

/// <summary>
/// The life of one task under one epoch, as its worker sees it from outside: restored, subscribed, checkpointed again
/// and again, and in the end given up or handed back after one last checkpoint.
/// </summary>
internal sealed class OwnedTask(TaskGrant grant, WorkerPolicy policy, WorkerStanding worker)
{
    private TaskGrant _grant = grant;
    private bool _isRestored;
    private TimeSpan? _retryRestoreAt;
    private int _restoreFailures;
    private TimeSpan _subscribedAt = TimeSpan.Zero;
    private TimeSpan? _resubscribeAt;
    private TimeSpan _checkpointAt = TimeSpan.MaxValue;
    private CheckpointStep _step;
    private Checkpoint? _pending;
    private ulong _commitId;
    private TimeSpan? _leaveBy;
    private bool _lastCaptureDone;
    private bool _again;
    private PoisonedEvent? _poisoned;
    private TimeSpan _askVerdictAt;
    private Trial? _trial;
    private TimeSpan _tellTrialAt = TimeSpan.MaxValue;

    public TaskId Task => _grant.Task;

    public Epoch Epoch => _grant.Epoch;

    /// <summary>Only a copy of a task that another worker owns.</summary>
    public bool IsWarm => _grant.Warm;

    /// <summary>A copy that waits for the owner's end, and not for its own turn.</summary>
    public bool IsStandby => _grant is { Warm: true, Standby: true };

    /// <summary>The grant was made or confirmed in the session that is open now.</summary>
    public bool IsConfirmed { get; set; } = true;

    /// <summary>As far as was last reported.</summary>
    public ulong Position { get; private set; } = grant.Restore.Position;

    private bool MayAct => worker is { IsConnected: true, IsPaused: false } && IsConfirmed && _isRestored && IsOwner;

    private bool IsOwner => !IsWarm || Mutants.Is(Mutant.WarmCopyCommits);

    /// <summary>Under one epoch this process is the only owner, so its own state is good if it reaches the last commit.
    /// </summary>
    public bool GoesOnUnder(TaskGrant grant) =>
        Epoch == grant.Epoch
        && (_isRestored
            ? grant.Confirmed || Position >= grant.Restore.Position
            : _grant.Restore == grant.Restore);

    public void Restore(List<WorkerEffect> effects)
    {
        _retryRestoreAt = null;
        effects.Add(new StartRestore(_grant));
        if (worker.IsConnected)
        {
            effects.Add(new SendProgress(
                [new TaskStanding(Task, Epoch, TaskPhase.Restoring, Position, _grant.Restore.NextOffset, 0, 0)]));
        }
    }

    public void OnConfirmed(TaskGrant grant, TimeSpan now, List<WorkerEffect> effects)
    {
        _grant = _grant with { Standby = grant.Standby };
        if (!IsConfirmed)
        {
            IsConfirmed = true;
            Subscribe(now, effects);
            Commit(effects);
            TellTrial(now, effects);
        }
    }

    /// <summary>The copy takes over, from where it is; what it still has to load it loads as the owner.</summary>
    public void Promote(TaskGrant grant, TimeSpan now, List<WorkerEffect> effects)
    {
        _grant = grant;
        IsConfirmed = true;
        effects.Add(new PromoteTask(Task, Epoch, grant.Restore));
        _checkpointAt = now + FirstCheckpoint();
    }

    public void OnRestored(TimeSpan now, List<WorkerEffect> effects)
    {
        if (_isRestored)
        {
            return;
        }

        _isRestored = true;
        _restoreFailures = 0;

        _checkpointAt = now + FirstCheckpoint();
        if (_grant.Origins.Count > 0)
        {
            // Until this state has a name of its own, the snapshots that it was put together from must be kept.
            _checkpointAt = now;
        }

        if (!_grant.Verdicts.IsEmpty)
        {
            // Some may have come while there was no state yet to be told of them.
            effects.Add(new TellVerdicts(Task, Epoch, _grant.Verdicts));
        }

        Subscribe(now, effects);
        WatchEnd(effects);
    }

    /// <summary>The partition is sealed at this offset.</summary>
    public void OnEnding(ulong endOffset, List<WorkerEffect> effects)
    {
        _grant = _grant with { EndOffset = endOffset };
        if (_isRestored)
        {
            WatchEnd(effects);
        }
    }

    /// <summary>Everything that the task will ever see is applied: others wait for its commit.</summary>
    public void OnEndReached(TimeSpan now) => _checkpointAt = now;

    public void OnRestoreFailed(TimeSpan now)
    {
        if (!_isRestored)
        {
            RetryRestore(now);
        }
    }

    public void OnGap(TimeSpan now)
    {
        TimeSpan earliest = _subscribedAt + policy.ResubscribeInterval;
        _resubscribeAt ??= now > earliest ? now : earliest;
    }

    public void OnDamaged(TimeSpan now, List<WorkerEffect> effects)
    {
        if (!_isRestored)
        {
            return;
        }

        effects.Add(new DropTask(Task, Epoch));
        _step = CheckpointStep.None;
        _pending = null;
        _poisoned = null;
        _trial = null;
        _isRestored = false;
        Position = _grant.Restore.Position;
        RetryRestore(now);
    }

    /// <summary>Only the coordinator decides what becomes of it, and only the owner asks: a copy hears what the owner
    /// is told.</summary>
    public void OnPoisoned(PoisonedEvent poisoned, TimeSpan now, List<WorkerEffect> effects)
    {
        _poisoned = poisoned;
        AskVerdict(now, effects);
    }

    public void OnVerdicts(VerdictList verdicts, List<WorkerEffect> effects)
    {
        if (_poisoned is not null || !verdicts.IsEmpty || !_grant.Verdicts.IsEmpty)
        {
            _grant = _grant with { Verdicts = verdicts };
            effects.Add(new TellVerdicts(Task, Epoch, verdicts));
        }

        // If it is still not to be applied it is found again.
        _poisoned = null;
    }

    /// <summary>The coordinator is to know what may be about to take the process down. What was said last is said again
    /// in a new session, and what wants leave also until there is one.</summary>
    public void OnTrial(Trial trial, TimeSpan now, List<WorkerEffect> effects)
    {
        _trial = trial;
        TellTrial(now, effects);
    }

    public void OnLeave(Allowance leave, List<WorkerEffect> effects)
    {
        // It is careful no more: said again in a later session, it would bring leave that is of no use to it.
        _trial = leave.Count == Allowance.All ? null : _trial;
        _tellTrialAt = _trial is null || leave.Offset == _trial.Offset ? TimeSpan.MaxValue : _tellTrialAt;
        effects.Add(new TellLeave(Task, Epoch, leave));
    }

    /// <summary>False: the report is about a state that is not there any more.</summary>
    public bool OnProgress(TaskStanding standing)
    {
        Position = _isRestored ? standing.Position : Position;
        return _isRestored;
    }

    public void OnStored(Checkpoint checkpoint, List<WorkerEffect> effects)
    {
        if (_step == CheckpointStep.Capturing)
        {
            _step = CheckpointStep.Committing;
            _pending = checkpoint;
            _commitId = worker.NextCommitId();
            Commit(effects);
        }
    }

    public void OnSnapshotAsked(TimeSpan now)
    {
        _again = true;
        _checkpointAt = now;
    }

    public void OnCheckpointFailed(List<WorkerEffect> effects)
    {
        if (_step == CheckpointStep.Capturing)
        {
            EndCheckpoint(null, effects);
        }
    }

    /// <summary>True: the claim to the task is over.</summary>
    public bool OnCommitAnswered(CommitAnswered answer, List<WorkerEffect> effects)
    {
        if (_step != CheckpointStep.Committing || answer.CommitId != _commitId)
        {
            return false;
        }

        if (answer.Accepted)
        {
            RestorePoint before = _grant.Restore;
            _grant = _grant with
            {
                Restore = _pending!.Point,
                Older = before.SnapshotId.Length > 0 ? before : null,
                Origins = [],
            };
            EndCheckpoint(_pending.Point.NextOffset, effects);
            return false;
        }

        effects.Add(new NoteCommitRefused(Task, Epoch, answer.Reason));
        EndCheckpoint(null, effects);

        // Either somebody else owns the task, or this state is wrong: both ways nothing may come of it any more.
        return answer.Reason is "STALE_EPOCH" or "AUDIT_MISMATCH";
    }

    /// <summary>Asks for blocks from where the task has come to, if it may have any.</summary>
    public void Subscribe(TimeSpan now, List<WorkerEffect> effects)
    {
        _resubscribeAt = null;
        if (worker.IsConnected && IsConfirmed && _isRestored && _leaveBy is null)
        {
            _subscribedAt = now;
            effects.Add(new SubscribeTask(Task, Epoch));
        }
    }

    /// <summary>Sends what is stored, if it may; to be called again whenever it may again. The id stays the same, so
    /// that the coordinator answers all copies alike.</summary>
    public void Commit(List<WorkerEffect> effects)
    {
        if (_pending is not null && MayAct)
        {
            effects.Add(new SendCommit(_commitId, _pending));
        }
    }

    /// <summary>Take no more events; end after one last checkpoint, or at the deadline without it.</summary>
    public void StartLeaving(TimeSpan by, List<WorkerEffect> effects)
    {
        effects.Add(new UnsubscribeTask(Task, Epoch));
        _leaveBy = by;
    }

    /// <summary>Does what has come due. True: the task has left.</summary>
    public bool Advance(TimeSpan now, List<WorkerEffect> effects)
    {
        if (_leaveBy is not null)
        {
            return AdvanceLeaving(now, effects);
        }

        if (_retryRestoreAt <= now)
        {
            Restore(effects);
        }

        if (_resubscribeAt <= now)
        {
            Subscribe(now, effects);
        }

        if (_poisoned is not null && _askVerdictAt <= now)
        {
            AskVerdict(now, effects);
        }

        if (_tellTrialAt <= now)
        {
            TellTrial(now, effects);
        }

        if (_checkpointAt <= now && MayAct && _step == CheckpointStep.None)
        {
            _checkpointAt = now + worker.CheckpointInterval;
            Capture(effects);
        }

        return false;
    }

    private void AskVerdict(TimeSpan now, List<WorkerEffect> effects)
    {
        _askVerdictAt = now + policy.VerdictInterval;
        if (worker.IsConnected && IsConfirmed && !IsWarm)
        {
            effects.Add(new SendPoison(Task, Epoch, _poisoned!));
        }
    }

    private void TellTrial(TimeSpan now, List<WorkerEffect> effects)
    {
        if (_trial is null)
        {
            return;
        }

        _tellTrialAt = _trial.Waits ? now + policy.VerdictInterval : TimeSpan.MaxValue;
        if (worker.IsConnected && IsConfirmed)
        {
            effects.Add(new SendTrial(Task, Epoch, _trial));
        }
    }

    private bool AdvanceLeaving(TimeSpan now, List<WorkerEffect> effects)
    {
        if (!_isRestored || IsWarm || _poisoned is not null || _leaveBy <= now)
        {
            return true;
        }

        if (_step != CheckpointStep.None || !MayAct)
        {
            // A checkpoint is under way, or cannot be had without lease and session. The deadline bounds the wait.
            return false;
        }

        if (_lastCaptureDone)
        {
            return true;
        }

        _lastCaptureDone = true;
        Capture(effects);
        return false;
    }

    /// <summary>Tasks that start together shall not all take their checkpoints in the same instant.</summary>
    private TimeSpan FirstCheckpoint() => worker.CheckpointInterval * (0.5 + (Task.Value % 16 / 32.0));

    private void WatchEnd(List<WorkerEffect> effects)
    {
        if (_grant.EndOffset is { } end)
        {
            effects.Add(new WatchForEnd(Task, Epoch, end));
        }
    }

    private void Capture(List<WorkerEffect> effects)
    {
        _step = CheckpointStep.Capturing;
        effects.Add(new CaptureTask(Task, Epoch, _again));
        _again = false;
    }

    private void EndCheckpoint(ulong? committedOffset, List<WorkerEffect> effects)
    {
        _step = CheckpointStep.None;
        _pending = null;
        effects.Add(new FinishCheckpoint(Task, Epoch, committedOffset));
    }

    private void RetryRestore(TimeSpan now)
    {
        TimeSpan wait = policy.RestoreRetryFirst * Math.Pow(2, Math.Min(_restoreFailures++, 16));
        _retryRestoreAt = now + (wait < policy.RestoreRetryMax ? wait : policy.RestoreRetryMax);
    }
}
