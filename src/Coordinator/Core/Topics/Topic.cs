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
    /// <summary>Rising by index, sealed ones too until they are forgotten. The open ones cover every key group
    /// once.</summary>
    public required ImmutableArray<Partition> Partitions { get; init; }

    /// <summary>Cluster revision of the last change of the partitions; 0: they are as they were made.</summary>
    public ulong MapRevision { get; init; }

    /// <summary>The next one's; none is given twice.</summary>
    public int NextIndex => Partitions[^1].Index + 1;

    /// <summary>Of the partitions that are forgotten.</summary>
    public ulong ForgottenEvents { get; init; }

    /// <summary>Null: there is none of this index, or none any more.</summary>
    public Partition? Find(int index)
    {
        int low = 0;
        int high = Partitions.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = Partitions[middle].Index < index ? (middle + 1, high) : (low, middle);
        }

        return low < Partitions.Length && Partitions[low].Index == index ? Partitions[low] : null;
    }

    public IEnumerable<Partition> Open => Partitions.Where(p => p.IsOpen);
}
