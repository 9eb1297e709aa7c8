using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics.Cutting;

/// <summary>Cuts between key groups.</summary>
internal sealed class GroupCutter : PartitionCutter
{
    public override Cut Split(Partition partition, SplitPartition asked)
    {
        if (CheckUnused(asked, "at_key_group", atKeyGroup: false, atKey: true, keys: true) is { } unused)
        {
            return unused;
        }

        KeyGroupRange range = partition.KeyGroups;
        if (range.Count < 2)
        {
            return PartitionRefusals.SingleKeyGroup(partition);
        }

        int at = asked.AtKeyGroup == 0 ? range.First + (range.Count / 2) : asked.AtKeyGroup;
        return at > range.First && at < range.End
            ? new Cut(null, new Piece(range with { End = at }), new Piece(range with { First = at }))
            : Refusal.BadField(
                "at_key_group",
                $"at_key_group must be {range.First + 1} to {range.End - 1}: partition {partition.Index} holds "
                    + $"{range}.");
    }

    public override Cut Merge(Partition a, Partition b)
    {
        (Partition low, Partition high) = a.KeyGroups.First < b.KeyGroups.First ? (a, b) : (b, a);
        return low.KeyGroups.End == high.KeyGroups.First
            ? new Cut(null, new Piece(new KeyGroupRange(low.KeyGroups.First, high.KeyGroups.End)))
            : PartitionRefusals.NotNeighbours(a, b, $"{a.KeyGroups}", $"{b.KeyGroups}", "key groups");
    }
}
