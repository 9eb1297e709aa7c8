namespace Millrace.Common.Model;

/// <summary>Where a task starts from.</summary>
/// <param name="SnapshotId">The snapshot to load; empty: start with empty state.</param>
/// <param name="Position">Journal position (a frame's end) that the snapshot includes.</param>
/// <param name="NextOffset">Offset of the first event after it; the count of all events before it.</param>
/// <param name="HashSum">Sum mod 2^64 of XXH64 (seed 0) over the bytes of every entry before it.</param>
public sealed record RestorePoint(string SnapshotId, ulong Position, ulong NextOffset, ulong HashSum)
{
    public static RestorePoint Beginning { get; } = new("", 0, 0, 0);
}
