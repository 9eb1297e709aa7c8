using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Rpc.Audit;

/// <summary>
/// Says what the journal's own directories hold of a partition up to a position. Commits almost always name a recent
/// frame, so the directories of recent frames are kept; for an older one (after a restart) the journal is read.
/// </summary>
/// <param name="maxFrames">How many frames' directories are kept.</param>
internal sealed class JournalAudit(IJournal journal, int maxFrames = 16_384)
{
    private const int MaxBlocks = 262_144;

    private readonly Lock _lock = new();
    private readonly Directory[] _ring = new Directory[maxFrames];
    private long _first;
    private long _next;
    private int _blocks;

    /// <summary>A frame is durable. Frames come in order.</summary>
    public void Durable(FrameFacts frame)
    {
        lock (_lock)
        {
            _ring[_next++ % maxFrames] = new Directory(frame.Position, frame.End, frame.Blocks);
            _blocks += frame.Blocks.Count;
            while (_next - _first == maxFrames || (_blocks > MaxBlocks && _next - _first > 1))
            {
                _blocks -= At(_first).Blocks.Count;
                _ring[_first++ % maxFrames] = default;
            }
        }
    }

    /// <summary>Count and sum of the partition up to the end of the frame that ends at <paramref name="end"/>; null: no
    /// durable frame ends there, or it holds nothing of the partition.</summary>
    /// <param name="knownBefore">A frame's end at or below <paramref name="end"/>, near it: where reading would
    /// begin.</param>
    /// <exception cref="JournalDamagedException">The journal had to be read and is damaged.</exception>
    public PartitionAudit? Find(PartitionId partition, ulong end, ulong knownBefore)
    {
        lock (_lock)
        {
            if (_next > _first && end > At(_first).Position)
            {
                return FindRecent(end) is { } blocks ? AuditOf(blocks, partition) : null;
            }
        }

        return end <= journal.DurableEnd ? Read(partition, end, knownBefore) : null;
    }

    private static PartitionAudit? AuditOf(IReadOnlyList<PartitionBlock> blocks, PartitionId partition)
    {
        foreach (PartitionBlock block in blocks)
        {
            if (block.Partition == partition)
            {
                return new PartitionAudit(block.EndOffset, block.HashSumAfter);
            }
        }

        return null;
    }

    private ref readonly Directory At(long index) => ref _ring[index % maxFrames];

    private IReadOnlyList<PartitionBlock>? FindRecent(ulong end)
    {
        long low = _first;
        long high = _next - 1;
        while (low <= high)
        {
            long middle = low + ((high - low) / 2);
            ref readonly Directory frame = ref At(middle);
            if (frame.End == end)
            {
                return frame.Blocks;
            }

            (low, high) = frame.End < end ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    private PartitionAudit? Read(PartitionId partition, ulong end, ulong from)
    {
        while (from < end)
        {
            SealedFrame? frame = journal.Read(from);
            if (frame is null)
            {
                return null;
            }

            try
            {
                if (frame.End >= end)
                {
                    return frame.End == end ? AuditOf(frame.Facts.Blocks, partition) : null;
                }

                from = frame.End;
            }
            finally
            {
                frame.Release();
            }
        }

        return null;
    }

    /// <summary>Of a frame only this is kept: its other facts may be many times larger.</summary>
    private readonly record struct Directory(ulong Position, ulong End, IReadOnlyList<PartitionBlock> Blocks);
}
