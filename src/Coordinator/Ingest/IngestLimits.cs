namespace Millrace.Coordinator.Ingest;

/// <summary>What one batch may hold. A batch never spans journal frames, so it must fit into one.</summary>
/// <param name="MaxBatchBytes">Largest encoded batch message, in bytes.</param>
/// <param name="MaxBatchEvents">Most events in a batch.</param>
/// <param name="MaxEventBytes">Largest encoded event, in bytes.</param>
/// <param name="MaxKeyBytes">Longest key, in bytes.</param>
internal sealed record IngestLimits(
    int MaxBatchBytes = 1 << 20,
    int MaxBatchEvents = 10_000,
    int MaxEventBytes = 1_000_000,
    int MaxKeyBytes = 1024);
