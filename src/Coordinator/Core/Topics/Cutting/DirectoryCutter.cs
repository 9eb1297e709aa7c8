using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics.Cutting;

/// <summary>
/// Cuts what a key directory has placed on a partition: named keys go to the second one, or about half of all keys. A
/// half is told by the keys' hashes, so that it needs no list, and holds also for keys that a closed directory does not
/// know.
/// </summary>
internal sealed class DirectoryCutter(Topic topic, KeyDirectory directory) : PartitionCutter
{
    /// <summary>So that the records of the change fit a frame.</summary>
    public const int MaxKeys = 1_024;
    public const int MaxKeyBytes = 32 * 1024;

    /// <summary>How finely ranges of hashes count beside keys that are known.</summary>
    private const int LeastSamples = 64;

    public override Cut Split(Partition partition, SplitPartition asked)
    {
        if (CheckUnused(asked, "keys", atKeyGroup: true, atKey: true, keys: false) is { } unused)
        {
            return unused;
        }

        // Until the frame ends that makes it, the directory has its keys elsewhere.
        if (!partition.Parents.IsEmpty && partition.OpenedAt == 0)
        {
            return PartitionRefusals.NotOpenYet(topic, partition);
        }

        return asked.Keys.Count == 0 ? Halves(partition) : Named(partition, asked.Keys);
    }

    public override Cut Merge(Partition a, Partition b) => new(null, new Piece());

    private Cut Named(Partition partition, IReadOnlyList<byte[]> keys)
    {
        if (keys.Count > MaxKeys || keys.Sum(k => k.Length) > MaxKeyBytes)
        {
            return Refusal.BadField(
                "keys",
                $"At most {MaxKeys} keys of together {MaxKeyBytes} bytes can be named; name fewer, or none for about "
                    + "half of all.");
        }

        byte[][] sorted = [.. keys.Order(KeyShare.Order)];
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i].AsSpan().SequenceEqual(sorted[i - 1]))
            {
                return Refusal.BadField("keys", $"{KeyText.Of(sorted[i])} is named twice; name it once.", "DUPLICATE_KEY");
            }

            PartitionId home = directory.Find(sorted[i], XxHash64.Hash(sorted[i]));
            if (home != partition.Id)
            {
                return NotHere(partition, sorted[i], home);
            }
        }

        return new Cut(
            null, new Piece(Share: new KeyShare(Except: sorted)), new Piece(Share: new KeyShare(Only: sorted)));
    }

    private Refusal NotHere(Partition partition, byte[] key, PartitionId home) => home.Value == 0
        ? Refusal.BadField(
            "keys",
            $"The directory of topic {topic.Name} does not know {KeyText.Of(key)}, so no partition holds it by itself; "
                + "leave it out.",
            "UNKNOWN_KEY")
        : Refusal.BadField(
            "keys",
            $"{KeyText.Of(key)} is not in partition {partition.Index} of topic {topic.Name} but in "
                + $"{topic.Partitions.First(p => p.Id == home).Index}: split that one, or leave it out.",
            "KEY_ELSEWHERE");

    /// <summary>At the middle one of the hashes of its keys. Where there may be keys that the directory does not know,
    /// these count as much as those that it does.</summary>
    private Cut Halves(Partition partition)
    {
        var hashes = new List<ulong>();
        foreach ((byte[] key, PartitionId home) in directory.Entries)
        {
            if (home == partition.Id)
            {
                hashes.Add(XxHash64.Hash(key));
            }
        }

        if (directory.IsClosed)
        {
            AddUnknown(partition, hashes);
        }

        hashes.Sort();
        ulong at = hashes.Count < 2 ? 0 : hashes[hashes.Count / 2];
        return at > (hashes.Count < 2 ? 0 : hashes[0])
            ? new Cut(
                null, new Piece(Share: new KeyShare(EndHash: at)), new Piece(Share: new KeyShare(FirstHash: at)))
            : PartitionRefusals.SingleKey(topic, partition);
    }

    private void AddUnknown(Partition partition, List<ulong> hashes)
    {
        (ulong First, ulong Last)[] ranges = [.. directory.Others.Of(partition.Id)];
        int samples = Math.Max(LeastSamples, hashes.Count) / Math.Max(1, ranges.Length);
        foreach ((ulong first, ulong last) in ranges)
        {
            for (int i = 1; i <= samples; i++)
            {
                hashes.Add(first + (ulong)((UInt128)(last - first) * (uint)i / (uint)(samples + 1)));
            }
        }
    }
}
