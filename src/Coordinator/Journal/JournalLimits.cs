namespace Millrace.Coordinator.Journal;

/// <summary>How much disk the journal may take. All in bytes, but the spares.</summary>
/// <param name="MaxBytes">Cap on all its files. Control records may pass it by one segment.</param>
/// <param name="MinFreeBytes">What events must leave free on the disk, for snapshots.</param>
/// <param name="ControlReserveBytes">What events must leave free in the last segment that could be had.</param>
/// <param name="Spares">How many files that are no longer needed are kept for reuse.</param>
internal sealed record JournalLimits(long MaxBytes, long MinFreeBytes, long ControlReserveBytes, int Spares)
{
    public static JournalLimits Default { get; } = new(16L << 30, 256L << 20, 8L << 20, 4);
}
