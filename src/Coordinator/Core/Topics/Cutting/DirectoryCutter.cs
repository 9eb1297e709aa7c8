using System.Globalization;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics.Cutting;

/// <summary>
/// Cuts what a key directory has placed on a partition: named keys go to the second one, or about half of the events of
/// late. A half is told by the keys' hashes, so that it needs no list, and holds also for keys that a closed directory
/// does not know; or it is some of the few keys that are seen often, if that is nearer to a half. Of other keys nothing
/// is measured, so they count alike.
/// </summary>
internal sealed class DirectoryCutter(Topic topic, KeyDirectory directory, Func<Partition, KeyLoads> loads)
    : PartitionCutter
{
    /// <summary>So that the records of the change fit a frame.</summary>
    public const int MaxKeys = 1_024;
    public const int MaxKeyBytes = 32 * 1024;

    /// <summary>How finely ranges of hashes count beside keys that are known.</summary>
    private const int LeastSamples = 64;

    /// <summary>By how much of all a list of keys must be nearer to a half to be worth being one.</summary>
    private const double LeastGain = 0.02;

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
                return Refusal.BadField(
                    "keys", $"{KeyText.Of(sorted[i])} is named twice; name it once.", "DUPLICATE_KEY");
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

    private Cut Halves(Partition partition)
    {
        KeyLoads measured = loads(partition);
        (byte[] Key, double Events)[] heavy =
        [
            .. measured.Heavy.Where(k => directory.Find(k.Key, XxHash64.Hash(k.Key)) == partition.Id)
                .OrderByDescending(k => k.Events).ThenBy(k => k.Key, KeyShare.Order),
        ];
        List<(ulong Hash, double Events)> keys = WeighAll(partition, measured.Events, heavy);
        double all = keys.Sum(k => k.Events);
        ulong at = MiddleOf(keys, all, out double below);
        if (at == 0)
        {
            return PartitionRefusals.SingleKey(topic, partition);
        }

        byte[][] chosen = Chosen(heavy, all, out double above);
        bool isList = Math.Max(above, all - above) < Math.Max(below, all - below) - (LeastGain * all);
        string basis = measured.Events > 0
            ? Basis(isList ? all - above : below, all, heavy.Length)
            : "by the number of keys: nothing is measured of late";
        return isList
            ? Halves(new KeyShare(Except: chosen), new KeyShare(Only: chosen), basis)
            : Halves(new KeyShare(EndHash: at), new KeyShare(FirstHash: at), basis);
    }

    private static Cut Halves(KeyShare first, KeyShare second, string basis) =>
        new(null, new Piece(Share: first), new Piece(Share: second)) { Basis = basis };

    private static string Basis(double first, double all, int heavy) => string.Create(
        CultureInfo.InvariantCulture,
        $"by what is measured of late: {100 * first / all:F0} % and {100 - (100 * first / all):F0} % of its events "
            + $"(keys seen often: {heavy}; the others count alike)");

    /// <summary>All keys of the partition, by their hashes. Where there may be keys that the directory does not know,
    /// these count as much as those that it does.</summary>
    /// <param name="events">Of all of them; 0: not known, so each counts as one.</param>
    private List<(ulong Hash, double Events)> WeighAll(
        Partition partition, double events, (byte[] Key, double Events)[] heavy)
    {
        var known = heavy.ToDictionary(k => XxHash64.Hash(k.Key), k => k.Events);
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

        double rest = Math.Max(0, events - heavy.Sum(k => k.Events)) / Math.Max(1, hashes.Count - known.Count);
        double each = events > 0 ? rest : 1;
        return [.. hashes.Order().Select(h => (h, events > 0 && known.TryGetValue(h, out double its) ? its : each))];
    }

    /// <summary>The hash at which the larger half is smallest; 0: there are not two keys.</summary>
    /// <param name="below">Events of the keys below it.</param>
    private static ulong MiddleOf(List<(ulong Hash, double Events)> keys, double all, out double below)
    {
        ulong at = 0;
        double sum = 0;
        below = all;
        for (int i = 1; i < keys.Count; i++)
        {
            sum += keys[i - 1].Events;
            bool better = at == 0 || Math.Abs((2 * sum) - all) < Math.Abs((2 * below) - all);
            if (keys[i].Hash > keys[i - 1].Hash && better)
            {
                (at, below) = (keys[i].Hash, sum);
            }
        }

        return at;
    }

    /// <summary>Of the keys that are seen often, heaviest first, those that fit a half; at least the
    /// heaviest.</summary>
    private static byte[][] Chosen((byte[] Key, double Events)[] heavy, double all, out double events)
    {
        var chosen = new List<byte[]>();
        events = 0;
        foreach ((byte[] key, double its) in heavy)
        {
            if (chosen.Count == 0 || events + its <= all / 2)
            {
                chosen.Add(key);
                events += its;
            }
        }

        return [.. chosen.Order(KeyShare.Order)];
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
