using Millrace.Common.Model;

namespace Millrace.Worker.Core.Tasks;

/// <summary>What the worker's machine knows of one task that it owns.</summary>
internal sealed class OwnedTask(TaskGrant grant)
{
    /// <summary>The grant, with the newest restore point that is known to be committed.</summary>
    public TaskGrant Grant { get; private set; } = grant;

    public TaskId Task => Grant.Task;

    public Epoch Epoch => Grant.Epoch;

    /// <summary>The grant was made or confirmed in the session that is open now.</summary>
    public bool IsConfirmed { get; set; } = true;

    /// <summary>State is loaded and a run loop has the task.</summary>
    public bool IsRestored { get; set; }

    /// <summary>As far as was last reported.</summary>
    public ulong Position { get; set; } = grant.Restore.Position;

    public TimeSpan? RetryRestoreAt { get; set; }

    public int RestoreFailures { get; set; }

    public TimeSpan SubscribedAt { get; set; } = TimeSpan.MinValue;

    public TimeSpan? ResubscribeAt { get; set; }

    public TimeSpan CheckpointAt { get; set; } = TimeSpan.MaxValue;

    public CheckpointStep Step { get; private set; }

    /// <summary>The stored snapshot that waits to be sent or answered.</summary>
    public Checkpoint? Pending { get; private set; }

    /// <summary>Stays the same however often <see cref="Pending"/> is sent.</summary>
    public ulong CommitId { get; private set; }

    /// <summary>Set when the task is to end here: after one last checkpoint, or at this moment without it.</summary>
    public TimeSpan? LeaveBy { get; set; }

    /// <summary>The coordinator wants to hear when the task has stopped.</summary>
    public bool IsRevoked { get; set; }

    public bool LastCaptureDone { get; set; }

    public void Capturing() => Step = CheckpointStep.Capturing;

    public void Stored(Checkpoint checkpoint, ulong commitId)
    {
        Step = CheckpointStep.Committing;
        Pending = checkpoint;
        CommitId = commitId;
    }

    public void EndCheckpoint(bool committed)
    {
        if (committed && Pending is not null)
        {
            Grant = Grant with { Restore = Pending.Point };
        }

        Step = CheckpointStep.None;
        Pending = null;
    }

    public void Advance(RestorePoint committed)
    {
        if (committed.Position > Grant.Restore.Position)
        {
            Grant = Grant with { Restore = committed };
        }
    }
}

internal enum CheckpointStep
{
    None,

    /// <summary>The snapshot is being taken and stored.</summary>
    Capturing,

    /// <summary>The snapshot is stored; the commit is to be sent, or to be answered.</summary>
    Committing,
}
