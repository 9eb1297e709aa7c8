using System.Collections.Immutable;
using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>A slice of a topic: contiguous key groups from one journal position up to another. Neither its id nor its
/// index is ever given to another one. Where keys have no groups each partition is one, which bears its
/// index.</summary>
internal sealed record Partition(PartitionId Id, int Index, KeyGroupRange KeyGroups)
{
    /// <summary>Of a topic by ranges of keys: its range. Of one with a directory of keys: what it took over of its
    /// parents. Null: all.</summary>
    public KeyShare? Share { get; init; }

    /// <summary>Whose key groups it took over; empty: it is as old as its topic.</summary>
    public ImmutableArray<PartitionId> Parents { get; init; } = [];

    /// <summary>Who took over its key groups; empty: nobody, it is open.</summary>
    public ImmutableArray<PartitionId> Children { get; init; } = [];

    /// <summary>End of the last frame that may hold events of it; 0: it is open, or is sealed by the frame that is
    /// open now.</summary>
    public ulong SealedAt { get; init; }

    /// <summary>Once it is sealed: the count of all its events.</summary>
    public ulong EndOffset { get; init; }

    /// <summary>End of the last frame that cannot hold events of it; 0: it is as old as its topic, or the frame that is
    /// open now makes it.</summary>
    public ulong OpenedAt { get; init; }

    public bool IsOpen => Children.IsEmpty;
}
