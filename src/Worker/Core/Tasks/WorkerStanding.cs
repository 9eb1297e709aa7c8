namespace Millrace.Worker.Core.Tasks;

/// <summary>What all tasks of a worker have in common at a moment.</summary>
internal sealed class WorkerStanding
{
    private ulong _lastCommitId;

    /// <summary>A session is open.</summary>
    public bool IsConnected { get; set; }

    /// <summary>The lease has ended.</summary>
    public bool IsPaused { get; set; }

    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(2);

    public ulong NextCommitId() => ++_lastCommitId;
}
