namespace Millrace.Coordinator.Ingest;

/// <summary>What one batch may hold, and what may be under way. A batch never spans journal frames, so it must fit into
/// one.</summary>
/// <param name="MaxBatchBytes">Largest encoded batch message, in bytes.</param>
/// <param name="MaxBatchEvents">Most events in a batch.</param>
/// <param name="MaxEventBytes">Largest encoded event, in bytes.</param>
/// <param name="MaxKeyBytes">Longest key, in bytes.</param>
internal sealed record IngestLimits(
    int MaxBatchBytes = 1 << 20,
    int MaxBatchEvents = 10_000,
    int MaxEventBytes = 1_000_000,
    int MaxKeyBytes = 1024)
{
    /// <summary>Batches that were received and are not durable, of all streams together, in bytes of memory. As much
    /// again may wait for room.</summary>
    public long MaxPendingBytes { get; init; } = 64L << 20;

    /// <summary>Publish streams open at a time. Each may hold a message that is just arriving.</summary>
    public int MaxStreams { get; init; } = 4096;

    /// <summary>Producers being opened at a time; each is a record that becomes durable.</summary>
    public int MaxOpening { get; init; } = 128;

    /// <summary>Producers that wait to be opened.</summary>
    public int MaxWaitingToOpen { get; init; } = 4096;

    /// <summary>How long a plain call may wait for its turn. Its caller has a deadline, and work done after that is
    /// done for nobody. A stream has none: it is slowed down and waits.</summary>
    public TimeSpan MaxCallWait { get; init; } = TimeSpan.FromSeconds(2);
}
