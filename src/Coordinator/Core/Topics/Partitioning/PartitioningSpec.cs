using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>How a topic's events find their partitions: chosen when it is made, fixed for its life. Durable, as part of
/// the record that makes the topic; members of other kinds are left out.</summary>
/// <param name="Function">Of a hash topic.</param>
/// <param name="SplitPoints">Of a topic by ranges of keys: rising; range i starts with point i - 1.</param>
/// <param name="Spread">Of a topic that spreads batches.</param>
/// <param name="Directory">Of a topic with a directory of keys.</param>
internal sealed record PartitioningSpec(
    PartitioningKind Kind,
    KeyFunction Function = KeyFunction.Xxh64,
    IReadOnlyList<byte[]>? SplitPoints = null,
    SpreadSpec? Spread = null,
    DirectorySpec? Directory = null)
{
    /// <summary>What a topic has that was made without saying.</summary>
    public static PartitioningSpec Default { get; } = new(PartitioningKind.Hash);
}

internal enum PartitioningKind
{
    Hash = 1,
    RangeByTime = 2,
    RangeByKey = 3,
    Key = 4,
    Spread = 5,
}

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
