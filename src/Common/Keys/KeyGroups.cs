using Millrace.Common.Model;

namespace Millrace.Common.Keys;

/// <summary>From a key's hash to its key group, and from a partition's index to the groups that it starts
/// with.</summary>
public static class KeyGroups
{
    /// <summary>The key's group: the high word of hash x count, so groups are equal ranges of the hash's
    /// values.</summary>
    public static int Of(ulong hash, int count) => (int)Math.BigMul(hash, (ulong)count, out _);

    /// <summary>Groups are dealt out to partitions in order, in ranges whose sizes differ by one at most.</summary>
    public static KeyGroupRange Range(int index, int partitions, int groups)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, partitions);
        return new KeyGroupRange(
            (int)((long)index * groups / partitions),
            (int)((long)(index + 1) * groups / partitions));
    }
}
