using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>What is wrong with a topic's partitioning as it is asked for, by name.</summary>
internal static class PartitioningCheck
{
    public const int MaxKeyBytes = 1_024;

    private const int MaxWeight = 1_000_000;
    private const int DefaultDirectoryKeys = 65_536;
    private const int MaxDirectoryKeys = 262_144;
    private const int MaxRanges = 1_000;
    private const long MinRangeMs = 1_000;
    private const long MaxRangeMs = 366L * 86_400_000;
    private const int MaxDeclaredKeys = 4_096;

    /// <summary>All declared keys or points together, in bytes, so that the topic's record fits a frame.</summary>
    private const int MaxDeclaredBytes = 256 * 1024;

    private const string Field = "topic.partitioning";

    /// <summary>The numbers that follow from the rest where the caller did not say them.</summary>
    public static CreateTopic Complete(CreateTopic asked, CoordinatorPolicy policy)
    {
        PartitioningSpec spec = asked.Partitioning ?? PartitioningSpec.Default;
        int partitions = (asked.PartitionCount, spec.Kind) switch
        {
            (0, PartitioningKind.RangeByTime) => Math.Clamp(CountOf(spec.Time!), 1, int.MaxValue),
            (0, PartitioningKind.RangeByKey) => spec.SplitPoints!.Count + 1,
            (0, PartitioningKind.Spread) when spec.Spread!.Weights is { Count: > 0 } weights => weights.Count,
            (0, _) => policy.DefaultPartitions,
            _ => asked.PartitionCount,
        };
        int groups = asked.KeyGroupCount != 0
            ? asked.KeyGroupCount
            : HasOwnGroups(spec) ? policy.DefaultKeyGroups : partitions;
        return asked with { PartitionCount = partitions, KeyGroupCount = groups, Partitioning = WithBound(spec) };
    }

    private static PartitioningSpec WithBound(PartitioningSpec spec) =>
        spec.Directory is { MaxKeys: 0 } directory
            ? spec with { Directory = directory with { MaxKeys = DefaultDirectoryKeys } }
            : spec;

    /// <param name="asked">Complete, with numbers that are good by themselves.</param>
    public static Refusal? Check(CreateTopic asked)
    {
        PartitioningSpec spec = asked.Partitioning!;
        if (!HasOwnGroups(spec) && asked.KeyGroupCount != asked.PartitionCount)
        {
            return Refusal.BadField(
                "topic.key_group_count",
                $"key_group_count must be partition_count, here {asked.PartitionCount}, or left out: with this "
                + "partitioning each partition is one key group.");
        }

        return spec.Kind switch
        {
            PartitioningKind.RangeByTime => Times(spec.Time!, asked.PartitionCount),
            PartitioningKind.RangeByKey => Ranges(spec.SplitPoints!, asked.PartitionCount),
            PartitioningKind.Spread => Spread(spec.Spread!, asked.PartitionCount),
            PartitioningKind.Key => Directory(spec.Directory!, asked.PartitionCount),
            _ => null,
        };
    }

    private static bool HasOwnGroups(PartitioningSpec spec) =>
        spec.Kind == PartitioningKind.Hash && spec.Function.HasRanges();

    /// <summary>0 when no count follows from numbers that are bad.</summary>
    private static int CountOf(TimeRangeSpec time) =>
        Counts(time).All(c => c is >= 0 and <= MaxRanges) ? TimeRangePartitioner.PartitionsOf(time) : 0;

    private static int[] Counts(TimeRangeSpec time) => [time.Live, time.Ahead, time.Kept];

    private static Refusal? Times(TimeRangeSpec time, int partitions)
    {
        string field = $"{Field}.range_by_time";
        if (time.RangeMs is < MinRangeMs or > MaxRangeMs)
        {
            return Refusal.BadField(
                $"{field}.range", "range must be 1 second to 366 days.", "BAD_RANGE");
        }

        if (time.OriginMs < 0 || time.OriginMs >= MaxRangeMs)
        {
            return Refusal.BadField($"{field}.origin", "origin must be 0 to 366 days.", "BAD_RANGE");
        }

        if (time.Live < 1 || Counts(time).Any(c => c is < 0 or > MaxRanges))
        {
            return Refusal.BadField(
                $"{field}.live",
                $"live must be 1 to {MaxRanges}, ahead and kept 0 to {MaxRanges}: one range is live at any time.",
                "BAD_RANGE");
        }

        int needed = TimeRangePartitioner.PartitionsOf(time);
        return partitions == needed
            ? null
            : Refusal.BadField(
                "topic.partition_count",
                $"{needed - TimeRangePartitioner.FirstSlot} ranges, late and early make {needed} partitions; leave "
                + "partition_count out or make it that.");
    }

    private static Refusal? Ranges(IReadOnlyList<byte[]> points, int partitions)
    {
        for (int i = 0; i < points.Count; i++)
        {
            string field = $"{Field}.range_by_key.split_points[{i}]";
            if (points[i].Length is 0 or > MaxKeyBytes)
            {
                return Refusal.BadField(
                    field,
                    $"split_points[{i}] has {points[i].Length} bytes; a point is a key of 1 to {MaxKeyBytes} bytes. "
                    + "The first range is open below without one.",
                    "BAD_SPLIT_POINT");
            }

            int order = i == 0 ? 1 : points[i].AsSpan().SequenceCompareTo(points[i - 1]);
            if (order == 0)
            {
                return Refusal.BadField(
                    field,
                    $"split_points[{i}] is the same as the one before it, so the range between them is empty; leave "
                    + "one out.",
                    "DUPLICATE_SPLIT_POINT");
            }

            if (order < 0)
            {
                return Refusal.BadField(
                    field,
                    $"split_points[{i}] is below the one before it, so their ranges overlap; give the points in rising "
                    + "order of their bytes.",
                    "OVERLAPPING_SPLIT_POINTS");
            }
        }

        if (points.Sum(p => p.Length) > MaxDeclaredBytes)
        {
            return TooLarge($"{Field}.range_by_key.split_points", "split_points");
        }

        return partitions == points.Count + 1
            ? null
            : Refusal.BadField(
                "topic.partition_count",
                $"{points.Count} split points make {points.Count + 1} ranges, and each is a partition; leave "
                + "partition_count out or make it that.");
    }

    private static Refusal? Spread(SpreadSpec spread, int partitions)
    {
        string field = $"{Field}.spread.weights";
        int weights = spread.Weights?.Count ?? 0;
        if (!IsWeighted(spread.Policy))
        {
            return weights == 0
                ? null
                : Refusal.BadField(field, $"The policy {spread.Policy} has no weights; leave them out.");
        }

        return weights != partitions
            ? Refusal.BadField(field, $"weights must have one number for each of the {partitions} partitions.")
            : spread.Weights!.Any(w => w is < 0 or > MaxWeight) || spread.Weights!.All(w => w == 0)
                ? Refusal.BadField(field, $"weights must be 0 to {MaxWeight}, and not all 0.")
                : null;
    }

    private static Refusal? Directory(DirectorySpec directory, int partitions)
    {
        IReadOnlyList<DeclaredKey> declared = directory.Declared ?? [];
        if (directory.MaxKeys is < 1 or > MaxDirectoryKeys)
        {
            return Refusal.BadField($"{Field}.key.max_keys", $"max_keys must be 1 to {MaxDirectoryKeys}.");
        }

        if (declared.Count > Math.Min(MaxDeclaredKeys, directory.MaxKeys))
        {
            return Refusal.BadField(
                $"{Field}.key.declared",
                $"declared has {declared.Count} keys; at most {Math.Min(MaxDeclaredKeys, directory.MaxKeys)} can be "
                + "declared. Others are placed when they first occur.");
        }

        if (declared.Sum(d => d.Key.Length) > MaxDeclaredBytes)
        {
            return TooLarge($"{Field}.key.declared", "declared");
        }

        var seen = new HashSet<string>();
        for (int i = 0; i < declared.Count; i++)
        {
            if (Declared(declared[i], $"{Field}.key.declared[{i}]", partitions, seen) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static Refusal? Declared(DeclaredKey declared, string field, int partitions, HashSet<string> seen)
    {
        if (declared.Key.Length is 0 or > MaxKeyBytes)
        {
            return Refusal.BadField(
                $"{field}.key", $"A key has 1 to {MaxKeyBytes} bytes; this one has {declared.Key.Length}.", "BAD_KEY");
        }

        if (declared.Partition < 0 || declared.Partition >= partitions)
        {
            return Refusal.BadField(
                $"{field}.partition_index",
                $"There is no partition {declared.Partition}; partition_index must be 0 to {partitions - 1}.",
                "NO_SUCH_PARTITION");
        }

        return seen.Add(Convert.ToHexString(declared.Key))
            ? null
            : Refusal.BadField(
                $"{field}.key", "The key is declared twice; a key belongs to one partition.", "DUPLICATE_KEY");
    }

    private static Refusal TooLarge(string field, string name) => Refusal.BadField(
        field, $"{name} has more than {MaxDeclaredBytes} bytes of keys together; use fewer or shorter ones.");

    private static bool IsWeighted(SpreadPolicy policy) =>
        policy is SpreadPolicy.WeightedRandom or SpreadPolicy.SmoothWeighted or SpreadPolicy.EarliestDeadline;
}
