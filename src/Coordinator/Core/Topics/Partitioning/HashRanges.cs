using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>Which partition keys belong to that a closed directory does not know: by ranges of XXH64, without gap or
/// overlap.</summary>
internal sealed class HashRanges
{
    private readonly List<(ulong First, PartitionId Partition)> _ranges = [];

    /// <summary>Equal ranges: as if each partition were a key group.</summary>
    public static HashRanges Even(IReadOnlyList<PartitionId> partitions)
    {
        var ranges = new HashRanges();
        for (int i = 0; i < partitions.Count; i++)
        {
            UInt128 above = ((UInt128)(uint)i << 64) + (uint)(partitions.Count - 1);
            ranges._ranges.Add(((ulong)(above / (uint)partitions.Count), partitions[i]));
        }

        return ranges;
    }

    public PartitionId Find(ulong hash)
    {
        int low = 0;
        int high = _ranges.Count;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _ranges[middle].First <= hash ? (middle, high) : (low, middle);
        }

        return _ranges[low].Partition;
    }

    /// <summary>A partition's ranges: the first and the last hash of each.</summary>
    public IEnumerable<(ulong First, ulong Last)> Of(PartitionId partition)
    {
        for (int i = 0; i < _ranges.Count; i++)
        {
            if (_ranges[i].Partition == partition)
            {
                yield return (_ranges[i].First, LastOf(i));
            }
        }
    }

    /// <summary>A sealed partition's ranges go to those that took over. Nobody gets more than its share, so a list of
    /// keys gets none.</summary>
    public void Replace(PartitionId partition, IReadOnlyList<Partition> children)
    {
        var ranges = new List<(ulong First, PartitionId Partition)>();
        for (int i = 0; i < _ranges.Count; i++)
        {
            (ulong first, PartitionId owner) = _ranges[i];
            if (owner != partition)
            {
                ranges.Add(_ranges[i]);
                continue;
            }

            ulong last = LastOf(i);
            foreach (Partition child in children.Where(c => c.Share?.Only is null).OrderBy(c => c.Share?.FirstHash))
            {
                ulong begin = Math.Max(first, child.Share?.FirstHash ?? 0);
                ulong end = Math.Min(last, unchecked((child.Share?.EndHash ?? 0) - 1));
                if (begin <= end)
                {
                    ranges.Add((begin, child.Id));
                }
            }
        }

        _ranges.Clear();
        foreach ((ulong First, PartitionId Partition) range in ranges)
        {
            if (_ranges.Count == 0 || _ranges[^1].Partition != range.Partition)
            {
                _ranges.Add(range);
            }
        }
    }

    public IReadOnlyList<HashRangeDto> ToSnapshot() =>
        [.. _ranges.Select(r => new HashRangeDto(r.First, r.Partition.Value))];

    public static HashRanges FromSnapshot(IReadOnlyList<HashRangeDto> ranges)
    {
        var loaded = new HashRanges();
        loaded._ranges.AddRange(ranges.Select(r => (r.FirstHash, new PartitionId(r.Partition))));
        return loaded;
    }

    private ulong LastOf(int range) => range + 1 < _ranges.Count ? _ranges[range + 1].First - 1 : ulong.MaxValue;
}
