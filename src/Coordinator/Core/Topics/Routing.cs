using System.Collections.Immutable;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>Immutable: which topics there are and which partition a key group belongs to. Safe to read from any
/// thread. What ingest has may be older than the frame that is open; whoever stores looks again.</summary>
internal sealed record Routing(ulong Revision, ImmutableSortedDictionary<string, TopicRoute> Topics)
{
    public static Routing Empty { get; } =
        new(0, ImmutableSortedDictionary.Create<string, TopicRoute>(StringComparer.Ordinal));
}

/// <param name="PartitionOfGroup">For each key group the index of its partition. Of ranges of keys a group is a range,
/// in their order.</param>
/// <param name="Partitions">By index; sealed ones too, and 0 for those that are forgotten.</param>
internal sealed record TopicRoute(
    TopicId Topic,
    string Name,
    ImmutableArray<int> PartitionOfGroup,
    ImmutableArray<PartitionId> Partitions)
{
    /// <summary>How many key groups the topic was made with.</summary>
    public int KeyGroupCount { get; init; } = PartitionOfGroup.Length;

    /// <summary>From an event to its key group. Also says why no partition can be split or merged, if so.</summary>
    public Partitioner Partitioner { get; init; } =
        Partitioner.Of(PartitioningSpec.Default, PartitionOfGroup.Length);

    /// <summary>The index of the partition of one event. Not for topics whose events are placed when they are
    /// stored.</summary>
    public int PartitionOf(ReadOnlySpan<byte> key, long timeMs) => PartitionOfGroup[Partitioner.GroupOf(key, timeMs)];

    /// <summary>Where the sealed partitions end, by index.</summary>
    public ImmutableDictionary<int, PartitionEnd> Ends { get; init; } = ImmutableDictionary<int, PartitionEnd>.Empty;
}

/// <summary>The end of a sealed partition.</summary>
/// <param name="SealedAt">No frame that ends above this position holds events of it.</param>
/// <param name="NextOffset">The count of all its events.</param>
/// <param name="Children">Indices of the partitions that took over its key groups.</param>
internal sealed record PartitionEnd(ulong SealedAt, ulong NextOffset, ImmutableArray<int> Children);
