using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics.Cutting;

/// <summary>Cuts ranges of keys at keys.</summary>
internal sealed class RangeCutter(Topic topic) : PartitionCutter
{
    public override Cut Split(Partition partition, SplitPartition asked)
    {
        if (CheckUnused(asked, "at_key", atKeyGroup: true, atKey: false, keys: true) is { } unused)
        {
            return unused;
        }

        KeyShare range = partition.Share!;
        byte[] at = asked.AtKey;
        if (at.Length is 0 or > PartitioningCheck.MaxKeyBytes)
        {
            return Refusal.BadField(
                "at_key",
                $"at_key has {at.Length} bytes; say where the upper one of the two ranges shall start, a key of 1 to "
                    + $"{PartitioningCheck.MaxKeyBytes} bytes within {TextOf(range)}.",
                "BAD_SPLIT_POINT");
        }

        if (topic.Open.Any(p => p.Share!.FirstKey is { } first && first.AsSpan().SequenceEqual(at)))
        {
            return Refusal.BadField(
                "at_key",
                $"A range of topic {topic.Name} starts at {KeyText.Of(at)} already; choose another key.",
                "DUPLICATE_SPLIT_POINT");
        }

        return range.Contains(at)
            ? new Cut(
                null, new Piece(Share: range with { EndKey = at }), new Piece(Share: range with { FirstKey = at }))
            : Outside(partition, at);
    }

    public override Cut Merge(Partition a, Partition b)
    {
        (Partition low, Partition high) = KeyShare.Order.Compare(a.Share!.FirstKey ?? [], b.Share!.FirstKey ?? []) < 0
            ? (a, b)
            : (b, a);
        return low.Share!.EndKey is { } end && end.AsSpan().SequenceEqual(high.Share!.FirstKey)
            ? new Cut(null, new Piece(Share: new KeyShare(low.Share.FirstKey, high.Share.EndKey)))
            : PartitionRefusals.NotNeighbours(
                a, b, $"({TextOf(a.Share!)})", $"({TextOf(b.Share!)})", "ranges");
    }

    private static string TextOf(KeyShare range) =>
        $"{(range.FirstKey is { } first ? KeyText.Of(first) : "the lowest key")} to "
        + $"{(range.EndKey is { } end ? $"below {KeyText.Of(end)}" : "the highest")}";

    private Refusal Outside(Partition partition, byte[] at)
    {
        int holder = topic.Open.First(p => p.Share!.Contains(at)).Index;
        return Refusal.BadField(
            "at_key",
            $"Partition {partition.Index} of topic {topic.Name} holds {TextOf(partition.Share!)}; {KeyText.Of(at)} is "
                + $"in partition {holder}: split that one, or choose another key.",
            "SPLIT_POINT_OUTSIDE");
    }
}
