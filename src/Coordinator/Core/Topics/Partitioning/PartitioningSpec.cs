using System.Text.Json.Serialization;
using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>How a topic's events find their partitions: chosen when it is made, fixed for its life. Durable, as part of
/// the record that makes the topic; members of other kinds are left out.</summary>
/// <param name="Function">Of a hash topic.</param>
/// <param name="SplitPoints">Of a topic by ranges of keys: rising; range i starts with point i - 1. As they are now.
/// </param>
/// <param name="Spread">Of a topic that spreads batches.</param>
/// <param name="Directory">Of a topic with a directory of keys.</param>
/// <param name="Time">Of a topic by ranges of event time.</param>
internal sealed record PartitioningSpec(
    PartitioningKind Kind,
    KeyFunction Function = KeyFunction.Xxh64,
    IReadOnlyList<byte[]>? SplitPoints = null,
    SpreadSpec? Spread = null,
    DirectorySpec? Directory = null,
    TimeRangeSpec? Time = null)
{
    /// <summary>What a topic has that was made without saying.</summary>
    public static PartitioningSpec Default { get; } = new(PartitioningKind.Hash);

    /// <summary>Partitions are not cut between key groups but by the keys themselves: each is one group.</summary>
    [JsonIgnore]
    public bool IsCutByKey => Kind is PartitioningKind.RangeByKey or PartitioningKind.Key;
}

internal enum PartitioningKind
{
    Hash = 1,
    RangeByTime = 2,
    RangeByKey = 3,
    Key = 4,
    Spread = 5,
}

/// <param name="RangeMs">Length of a range.</param>
/// <param name="OriginMs">When range 0 begins, since 1970: all others begin whole ranges away from it.</param>
/// <param name="Live">Ranges that take events up to the one that it is now, which is the last of them.</param>
/// <param name="Ahead">Ranges after that one that take events as well.</param>
/// <param name="Kept">Ranges before the live ones whose events are kept and can be read.</param>
internal sealed record TimeRangeSpec(long RangeMs, long OriginMs, int Live, int Ahead, int Kept);

/// <param name="Weights">Of the weighted policies: one for each partition, by index.</param>
internal sealed record SpreadSpec(SpreadPolicy Policy, IReadOnlyList<int>? Weights = null);

/// <param name="MaxKeys">The most keys that the directory takes; further ones go by their hash.</param>
/// <param name="Declared">Where some keys belong from the start.</param>
internal sealed record DirectorySpec(int MaxKeys, IReadOnlyList<DeclaredKey>? Declared = null);

/// <param name="Partition">Its index.</param>
internal sealed record DeclaredKey(byte[] Key, int Partition);

/// <summary>How the partition of a batch is chosen.</summary>
internal enum SpreadPolicy
{
    RoundRobin = 1,
    Random = 2,
    WeightedRandom = 3,
    SmoothWeighted = 4,
    EarliestDeadline = 5,
    LeastLoaded = 6,
}
