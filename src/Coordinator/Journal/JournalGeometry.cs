namespace Millrace.Coordinator.Journal;

/// <summary>Sizes that never change in a journal's life, all in bytes.</summary>
/// <param name="Alignment">Frames start at multiples of it; a sector is never shared by two frames.</param>
/// <param name="SegmentBytes">Segment n holds positions n x SegmentBytes up to (n + 1) x SegmentBytes.</param>
/// <param name="MaxFrameBytes">No frame is longer, padding included.</param>
internal sealed record JournalGeometry(int Alignment, long SegmentBytes, int MaxFrameBytes)
{
    public static JournalGeometry Default { get; } = new(4096, 64L << 20, 4 << 20);

    public ulong SegmentOf(ulong position) => position / (ulong)SegmentBytes;

    public ulong StartOf(ulong segment) => segment * (ulong)SegmentBytes;

    public ulong AlignUp(ulong position) =>
        (position + (ulong)Alignment - 1) / (ulong)Alignment * (ulong)Alignment;

    /// <summary>Where the frame after one that ends at <paramref name="end"/> starts: there, or in the next segment
    /// when the rest of this one could not hold a frame of the largest size.</summary>
    public ulong PlaceAfter(ulong end)
    {
        ulong used = end % (ulong)SegmentBytes;
        return used == 0 || (ulong)SegmentBytes - used >= (ulong)MaxFrameBytes
            ? end
            : end - used + (ulong)SegmentBytes;
    }

    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public void Validate()
    {
        if (Alignment < 512 || MaxFrameBytes < 4 * Alignment || SegmentBytes < 2L * MaxFrameBytes
            || MaxFrameBytes % Alignment != 0 || SegmentBytes % Alignment != 0)
        {
            throw new ArgumentException(
                $"A journal needs an alignment of at least 512 ({Alignment}), frames of at least 4 alignments "
                + $"({MaxFrameBytes}), segments of at least 2 frames ({SegmentBytes}), "
                + "and both multiples of the alignment.");
        }
    }
}

/// <summary>Where a frame goes, and what its header must say of the place.</summary>
/// <param name="Position">Journal position of its first byte.</param>
/// <param name="Generation">Rises with every segment, so that no stale frame of a file's earlier use matches.</param>
/// <param name="DurableEnd">The previous durable end: all below was synced before this frame was written.</param>
internal readonly record struct FramePlace(ulong Position, uint Generation, ulong Incarnation, ulong DurableEnd);

/// <summary>The journal holds damage below its durable end; names file and position.</summary>
internal sealed class JournalDamagedException(string message) : Exception(message);
