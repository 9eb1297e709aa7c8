using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>By ranges of keys in the order of their bytes, unsigned. The first range is open below, the last one open
/// above, and each other one ends where the next starts: there is no gap and no overlap.</summary>
internal sealed class KeyRangePartitioner(PartitioningSpec spec) : Partitioner(spec)
{
    private readonly byte[][] _points = [.. spec.SplitPoints!];

    public override KeyFunction Function => KeyFunction.Partition;

    public override int GroupOf(ReadOnlySpan<byte> key, long timeMs) => GroupOfKey(key);

    /// <summary>How many points are at or below the key.</summary>
    public override int GroupOfKey(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = _points.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_points[middle].AsSpan().SequenceCompareTo(key) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
