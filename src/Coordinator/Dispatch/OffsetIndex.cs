using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Dispatch;

/// <summary>
/// For each partition some places where a known offset starts, so that a reader need not search the whole journal. Fed
/// by new frames and by whoever reads old ones; bounded, and only a hint: it may know nothing. Safe to use from any
/// thread.
/// </summary>
internal sealed class OffsetIndex(IJournal journal)
{
    /// <summary>Marks of one partition are this far apart to begin with, in bytes of journal.</summary>
    private const ulong FirstSpacing = 1 << 20;

    private const int MaxMarks = 128;

    /// <summary>Fewer partitions are not looked through for those that are forgotten.</summary>
    private const int FewPartitions = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<PartitionId, Marks> _partitions = [];
    private int _most = FewPartitions;

    public void Add(SealedFrame frame)
    {
        IReadOnlyList<PartitionBlock> blocks = frame.Facts.Blocks;
        if (blocks.Count == 0)
        {
            return;
        }

        ulong first = journal.FirstPosition;
        lock (_gate)
        {
            for (int i = 0; i < blocks.Count; i++)
            {
                if (!_partitions.TryGetValue(blocks[i].Partition, out Marks? marks))
                {
                    _partitions[blocks[i].Partition] = marks = new Marks();
                }

                marks.Add(new Mark(frame.Position, blocks[i].FirstOffset), first);
            }

            DropTrimmed(first);
        }
    }

    /// <summary>A position from which on the offset is found, as near to it as is known.</summary>
    public ulong Find(PartitionId partition, ulong offset)
    {
        lock (_gate)
        {
            return _partitions.TryGetValue(partition, out Marks? marks) ? marks.Find(offset) : 0;
        }
    }

    /// <summary>Each time that the partitions have doubled in number those go of which nothing is kept.</summary>
    private void DropTrimmed(ulong first)
    {
        if (_partitions.Count <= _most)
        {
            return;
        }

        foreach (PartitionId trimmed in _partitions.Where(p => p.Value.Last < first).Select(p => p.Key).ToArray())
        {
            _partitions.Remove(trimmed);
        }

        _most = Math.Max(FewPartitions, 2 * _partitions.Count);
    }

    /// <summary>A frame's position and the partition's first offset in it.</summary>
    private readonly record struct Mark(ulong Position, ulong Offset);

    /// <summary>Marks of one partition in journal order. Those of trimmed frames go; when there are too many, every
    /// second one goes and new ones are taken half as often.</summary>
    private sealed class Marks
    {
        private readonly List<Mark> _marks = [];
        private ulong _spacing = FirstSpacing;

        /// <summary>Position of the last one.</summary>
        public ulong Last => _marks[^1].Position;

        public void Add(Mark mark, ulong firstPosition)
        {
            int at = CountUpTo(_marks, mark);
            if ((at > 0 && mark.Position - _marks[at - 1].Position < _spacing)
                || (at < _marks.Count && _marks[at].Position - mark.Position < _spacing))
            {
                return;
            }

            _marks.Insert(at, mark);
            if (_marks.Count <= MaxMarks)
            {
                return;
            }

            if (_marks.RemoveAll(old => old.Position < firstPosition) == 0)
            {
                int number = 0;
                _marks.RemoveAll(_ => number++ % 2 == 1);
                _spacing *= 2;
            }
        }

        public ulong Find(ulong offset)
        {
            ulong found = 0;
            foreach (Mark mark in _marks)
            {
                if (mark.Offset > offset)
                {
                    break;
                }

                found = mark.Position;
            }

            return found;
        }

        private static int CountUpTo(List<Mark> marks, Mark mark)
        {
            int at = marks.Count;
            while (at > 0 && marks[at - 1].Position > mark.Position)
            {
                at--;
            }

            return at;
        }
    }
}
