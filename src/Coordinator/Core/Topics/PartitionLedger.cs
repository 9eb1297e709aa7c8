using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>Counts what every partition holds. Durable state, moved on by frames.</summary>
internal sealed class PartitionLedger
{
    private readonly Dictionary<PartitionId, PartitionCount> _counts = [];

    public int Count => _counts.Count;

    /// <summary>Events stored since the cluster began.</summary>
    public ulong EventCount { get; private set; }

    public PartitionCount Get(PartitionId partition) => _counts[partition];

    /// <summary>By partition number.</summary>
    public IEnumerable<PartitionCount> All => _counts.Values.OrderBy(c => c.Partition.Value);

    public void Add(IReadOnlyList<PartitionId> partitions)
    {
        foreach (PartitionId partition in partitions)
        {
            if (!_counts.TryAdd(partition, new PartitionCount(partition)))
            {
                throw new StateException($"{partition} is not new");
            }
        }
    }

    /// <summary>Partitions are forgotten; their events still count in <see cref="EventCount"/>.</summary>
    public void Remove(IReadOnlyList<PartitionId> partitions)
    {
        foreach (PartitionId partition in partitions)
        {
            _counts.Remove(partition);
        }
    }

    /// <summary>Whoever comes new to the partition begins behind what it holds now.</summary>
    public void BeginAnew(PartitionId partition)
    {
        PartitionCount count = Get(partition);
        count.FirstOffset = count.NextOffset;
        count.FirstHashSum = count.HashSum;
    }

    /// <summary>Numbers the blocks of a frame that is being sealed.</summary>
    /// <param name="blocks">In: partition, count, and as HashSumAfter the sum of the block's own entries.
    /// Out: also the first offset, and the sum over the whole partition.</param>
    public void Seal(Span<PartitionBlock> blocks, ulong frameEnd)
    {
        foreach (ref PartitionBlock block in blocks)
        {
            PartitionCount count = Get(block.Partition);
            block = block with
            {
                FirstOffset = count.NextOffset,
                HashSumAfter = unchecked(count.HashSum + block.HashSumAfter),
            };
            Advance(count, block, frameEnd);
        }
    }

    /// <summary>A block of a frame of the journal.</summary>
    public void Apply(in PartitionBlock block, ulong frameEnd)
    {
        PartitionCount count = Get(block.Partition);
        if (block.FirstOffset != count.NextOffset)
        {
            throw new StateException(
                $"{block.Partition} goes from offset {count.NextOffset} to {block.FirstOffset} before {frameEnd}");
        }

        Advance(count, block, frameEnd);
    }

    public IReadOnlyList<PartitionDto> ToSnapshot() =>
    [
        .. All.Select(c => new PartitionDto(
            c.Partition.Value,
            c.NextOffset,
            c.HashSum,
            c.LastDataEnd,
            c.FirstOffset,
            c.FirstHashSum,
            c.MarkedOffset)),
    ];

    /// <param name="forgotten">Events of partitions that are forgotten.</param>
    public static PartitionLedger FromSnapshot(IReadOnlyList<PartitionDto> partitions, ulong forgotten)
    {
        var ledger = new PartitionLedger { EventCount = forgotten };
        foreach (PartitionDto dto in partitions)
        {
            ledger._counts.Add(new PartitionId(dto.Id), new PartitionCount(new PartitionId(dto.Id))
            {
                NextOffset = dto.NextOffset,
                HashSum = dto.HashSum,
                LastDataEnd = dto.LastDataEnd,
                FirstOffset = dto.FirstOffset,
                FirstHashSum = dto.FirstHashSum,
                MarkedOffset = dto.MarkedOffset,
            });
            ledger.EventCount += dto.NextOffset;
        }

        return ledger;
    }

    private void Advance(PartitionCount count, in PartitionBlock block, ulong frameEnd)
    {
        count.NextOffset = block.EndOffset;
        count.HashSum = block.HashSumAfter;
        count.LastDataEnd = frameEnd;
        EventCount += block.Count;
    }
}
