using System.Collections.Immutable;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>A named stream of events.</summary>
/// <param name="Route">How events are routed into the frame that is open now.</param>
internal sealed record Topic(
    TopicId Id,
    string Name,
    TopicRoute Route,
    long RetentionMs,
    long CreatedUnixMs)
{
    /// <summary>By index, sealed ones too. The open ones cover every key group once.</summary>
    public required ImmutableArray<Partition> Partitions { get; init; }

    /// <summary>Cluster revision of the last change of the partitions; 0: they are as they were made.</summary>
    public ulong MapRevision { get; init; }

    /// <summary>The next one's; none is given twice.</summary>
    public int NextIndex => Partitions[^1].Index + 1;

    /// <summary>Null: there is none of this index.</summary>
    public Partition? Find(int index) => index >= 0 && index < Partitions.Length ? Partitions[index] : null;

    public IEnumerable<Partition> Open => Partitions.Where(p => p.IsOpen);
}
