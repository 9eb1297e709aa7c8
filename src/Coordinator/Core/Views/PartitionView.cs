using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Views;

/// <param name="FirstOffset">The oldest offset that is kept.</param>
/// <param name="NextOffset">The offset that the next event gets.</param>
/// <param name="LastDataEnd">End of the last frame with events of it; 0: there is none.</param>
internal sealed record PartitionView(
    PartitionId Id,
    int Index,
    ulong FirstOffset,
    ulong NextOffset,
    KeyGroupRange KeyGroups,
    ulong LastDataEnd)
{
    public PartitionState State { get; init; } = PartitionState.Open;

    /// <summary>No frame that ends above it holds events of the partition; 0: not sealed.</summary>
    public ulong SealedAt { get; init; }

    /// <summary>Of a topic by ranges of keys: its range.</summary>
    public KeyShare? Share { get; init; }

    /// <summary>Indices of those whose key groups it took over.</summary>
    public IReadOnlyList<int> Parents { get; init; } = [];

    /// <summary>Indices of those that took over its key groups.</summary>
    public IReadOnlyList<int> Children { get; init; } = [];
}

internal enum PartitionState
{
    /// <summary>Takes events.</summary>
    Open = 1,

    /// <summary>Takes no more events; some job still has to come to its end.</summary>
    Sealing = 2,

    /// <summary>Takes no more events, and every job goes on in those that took over.</summary>
    Sealed = 3,
}
