using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Retention;

/// <summary>Where a partition stood at a mark.</summary>
/// <param name="NextOffset">Count of its events below the mark.</param>
/// <param name="HashSum">Sum of the hashes of its entries below the mark.</param>
internal sealed record PartitionBase(uint Partition, ulong NextOffset, ulong HashSum);

/// <summary>A mark is made at the end of the first frame this far after the last mark, in bytes or in time. Must stay
/// the same for a journal's life, because a replay must make the same marks.</summary>
internal sealed record MarkSpacing(ulong Bytes, long Ms)
{
    public static MarkSpacing Default { get; } = new(32 << 20, 60_000);
}

/// <summary>
/// Coarse knowledge of when the journal had come how far, and where partitions stood then: what retention needs to
/// give up old events and still know the offset and sum at which each partition begins. Bounded: old marks are merged.
/// Durable state, so when a mark is made depends on the frames alone.
/// </summary>
internal sealed class TimeMarks(MarkSpacing spacing)
{
    public const int MaxMarks = 1_024;

    public const int MaxBases = 1_000_000;

    private readonly List<Mark> _marks = [];
    private int _bases;

    /// <summary>Events below are given up.</summary>
    public ulong Trimmed { get; private set; }

    public int Count => _marks.Count;

    public void FrameEnded(ulong end, long unixMs, PartitionLedger ledger)
    {
        if (_marks is [.., var last])
        {
            if (end - last.Position < spacing.Bytes && unixMs - last.UnixMs < spacing.Ms)
            {
                return;
            }

            unixMs = Math.Max(unixMs, last.UnixMs);
        }

        PartitionBase[] changed = Changed(ledger);
        _marks.Add(new Mark(end, unixMs, changed));
        _bases += changed.Length;
        while (_marks.Count > MaxMarks || (_bases > MaxBases && _marks.Count > 2))
        {
            MergePairs();
        }
    }

    /// <summary>Everything below the result was written at or before the given time; 0: nothing is known to be so
    /// old.</summary>
    public ulong WrittenBefore(long unixMs)
    {
        ulong position = 0;
        foreach (Mark mark in _marks)
        {
            if (mark.UnixMs > unixMs)
            {
                break;
            }

            position = mark.Position;
        }

        return position;
    }

    /// <summary>The newest mark at or below a position; null: trimming up to it would give up no event and little
    /// space. (An idle journal must not grow by records of its own trimming.)</summary>
    public ulong? WorthTrimming(ulong position)
    {
        ulong? newest = null;
        bool worth = false;
        foreach (Mark mark in _marks)
        {
            if (mark.Position > position)
            {
                break;
            }

            newest = mark.Position;
            worth |= mark.Changed.Count > 0 || mark.Position - Trimmed >= spacing.Bytes;
        }

        return worth ? newest : null;
    }

    public void Apply(JournalTrimmed trimmed, PartitionLedger ledger)
    {
        if (_marks.TrueForAll(m => m.Position != trimmed.Position))
        {
            throw new StateException($"the journal is trimmed below {trimmed.Position}, which is not marked");
        }

        Trimmed = trimmed.Position;
        while (_marks is [var mark, ..] && mark.Position <= trimmed.Position)
        {
            foreach (PartitionBase partition in mark.Changed)
            {
                PartitionCount count = ledger.Get(new(partition.Partition));
                if (partition.NextOffset > count.FirstOffset)
                {
                    count.FirstOffset = partition.NextOffset;
                    count.FirstHashSum = partition.HashSum;
                }
            }

            _bases -= mark.Changed.Count;
            _marks.RemoveAt(0);
        }
    }

    public MarksDto ToSnapshot() => new(Trimmed, [.. _marks.Select(m => new MarkDto(m.Position, m.UnixMs, m.Changed))]);

    public static TimeMarks FromSnapshot(MarksDto dto, MarkSpacing spacing)
    {
        var marks = new TimeMarks(spacing) { Trimmed = dto.Trimmed };
        marks._marks.AddRange(dto.Marks.Select(m => new Mark(m.Position, m.UnixMs, m.Changed)));
        marks._bases = marks._marks.Sum(m => m.Changed.Count);
        return marks;
    }

    private static PartitionBase[] Changed(PartitionLedger ledger)
    {
        var changed = new List<PartitionBase>();
        foreach (PartitionCount count in ledger.All)
        {
            if (count.NextOffset != count.MarkedOffset)
            {
                count.MarkedOffset = count.NextOffset;
                changed.Add(new PartitionBase(count.Partition.Value, count.NextOffset, count.HashSum));
            }
        }

        return [.. changed];
    }

    /// <summary>Halves the marks: of two neighbours the later one stays and says what both said.</summary>
    private void MergePairs()
    {
        var merged = new List<Mark>(_marks.Count / 2 + 1);
        for (int i = 0; i + 1 < _marks.Count; i += 2)
        {
            var changed = new SortedDictionary<uint, PartitionBase>();
            foreach (PartitionBase partition in _marks[i].Changed.Concat(_marks[i + 1].Changed))
            {
                changed[partition.Partition] = partition;
            }

            merged.Add(_marks[i + 1] with { Changed = [.. changed.Values] });
        }

        if (_marks.Count % 2 == 1)
        {
            merged.Add(_marks[^1]);
        }

        _marks.Clear();
        _marks.AddRange(merged);
        _bases = _marks.Sum(m => m.Changed.Count);
    }

    /// <param name="Position">A frame's end.</param>
    /// <param name="Changed">Partitions that grew since the mark before, as they stood here.</param>
    private sealed record Mark(ulong Position, long UnixMs, IReadOnlyList<PartitionBase> Changed);
}
