namespace Millrace.Coordinator.Journal;

/// <summary>What a start found in the journal and did to it; for the log.</summary>
/// <param name="End">Everything below is durable now.</param>
/// <param name="Frames">How many frames were replayed.</param>
/// <param name="RewrittenBytes">Above the last durable mark: written again and synced.</param>
/// <param name="Torn">A frame that never became durable was cut off.</param>
/// <param name="CutFrom">Where the cut began, as file and byte.</param>
/// <param name="CutBytes">Bytes of the torn frame that were not zero and now are; 0 when nothing was torn, for then
/// what lay behind the end was of the file's earlier use.</param>
/// <param name="Incarnation">The highest one in the frames that were read; 0: none.</param>
internal sealed record RecoveryReport(
    ulong End,
    long Frames,
    long RewrittenBytes,
    bool Torn,
    string CutFrom,
    long CutBytes,
    ulong Incarnation);
