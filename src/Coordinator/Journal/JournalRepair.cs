using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Journal;

/// <summary>Makes what recovery read durable, and what it cut gone, before anything is built on it.</summary>
internal sealed class JournalRepair(SegmentTable table, JournalGeometry geometry)
{
    private const int ChunkBytes = 1 << 20;

    private readonly byte[] _chunk = new byte[Math.Min(ChunkBytes, geometry.SegmentBytes)];

    /// <summary>Writes again and syncs what lies above the last durable mark: that it could be read proves nothing,
    /// the sync that it waited for may have failed and left it in memory only. Returns how many bytes that
    /// was.</summary>
    public long Rewrite(RecoveredEnd outcome)
    {
        long total = 0;
        ulong at = outcome.DurableMark;
        while (at < outcome.End)
        {
            ulong segment = geometry.SegmentOf(at);
            ulong end = Math.Min(outcome.End, geometry.StartOf(segment + 1));
            for (; at < end && table.Has(segment); at += (ulong)_chunk.Length)
            {
                Span<byte> chunk = _chunk.AsSpan(0, (int)Math.Min((ulong)_chunk.Length, end - at));
                chunk = chunk[..table.Read(segment, OffsetOf(at), chunk)];
                table.Write(segment, OffsetOf(at), chunk);
                total += chunk.Length;
            }

            if (table.Has(segment))
            {
                table.Sync(segment);
            }

            at = end;
        }

        return total;
    }

    /// <summary>Zeroes and syncs the remains of frames behind the end, and takes later segments out of the journal.
    /// Returns how many bytes were not zero.</summary>
    public long Cut(RecoveredEnd outcome)
    {
        ulong place = geometry.PlaceAfter(outcome.End);
        ulong segment = geometry.SegmentOf(place);
        foreach (ulong later in table.From(segment + 1).Reverse())
        {
            table.Release(later);
        }

        if (!table.Has(segment))
        {
            return 0;
        }

        // One frame was outstanding at most, so its remains end here at the latest, unless some were seen above.
        ulong end = Math.Max(place + (ulong)geometry.MaxFrameBytes, outcome.CutEnd);
        end = Math.Min(end, geometry.StartOf(segment + 1));
        long cut = 0;
        for (ulong at = place; at < end; at += (ulong)_chunk.Length)
        {
            Span<byte> chunk = _chunk.AsSpan(0, (int)Math.Min((ulong)_chunk.Length, end - at));
            chunk = chunk[..table.Read(segment, OffsetOf(at), chunk)];
            int used = chunk.LastIndexOfAnyExcept((byte)0) + 1;
            if (used > 0)
            {
                chunk = chunk[..used];
                cut += used - chunk.Count((byte)0);
                chunk.Clear();
                table.Write(segment, OffsetOf(at), chunk);
            }
        }

        if (cut > 0)
        {
            table.Sync(segment);
        }

        return cut;
    }

    private long OffsetOf(ulong position) => (long)(position % (ulong)geometry.SegmentBytes);
}
