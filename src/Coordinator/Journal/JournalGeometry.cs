namespace Millrace.Coordinator.Journal;

/// <summary>Sizes that never change in a journal's life, all in bytes.</summary>
/// <param name="Alignment">Frames start at multiples of it; a sector is never shared by two frames.</param>
/// <param name="SegmentBytes">Segment n holds positions n x SegmentBytes up to (n + 1) x SegmentBytes.</param>
/// <param name="MaxFrameBytes">No frame is longer, padding included.</param>
internal sealed record JournalGeometry(int Alignment, long SegmentBytes, int MaxFrameBytes)
{
    public static JournalGeometry Default { get; } = new(4096, 64L << 20, 4 << 20);

    public ulong SegmentOf(ulong position) => position / (ulong)SegmentBytes;

    public ulong AlignUp(ulong position) =>
        (position + (ulong)Alignment - 1) / (ulong)Alignment * (ulong)Alignment;
}

/// <summary>Where a frame goes, and what its header must say of the place.</summary>
/// <param name="Position">Journal position of its first byte.</param>
/// <param name="Generation">How often the segment's file has been used; a stale frame of an earlier use does not match.</param>
/// <param name="DurableEnd">The previous durable end: everything below was synced before this frame was written.</param>
internal readonly record struct FramePlace(ulong Position, uint Generation, ulong Incarnation, ulong DurableEnd);

/// <summary>The journal holds damage below its durable end; names file and position.</summary>
internal sealed class JournalDamagedException(string message) : Exception(message);
