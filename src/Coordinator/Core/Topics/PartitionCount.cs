using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>What one partition holds.</summary>
internal sealed class PartitionCount(PartitionId partition)
{
    public PartitionId Partition { get; } = partition;

    /// <summary>The offset that the next event gets; the count of all events ever.</summary>
    public ulong NextOffset { get; set; }

    /// <summary>Sum mod 2^64 of the hashes of all entries ever.</summary>
    public ulong HashSum { get; set; }

    /// <summary>End of the last frame that holds events of it; 0: there is none.</summary>
    public ulong LastDataEnd { get; set; }

    /// <summary>The oldest offset that is kept.</summary>
    public ulong FirstOffset { get; set; }

    /// <summary>Sum of the hashes of all entries before <see cref="FirstOffset"/>.</summary>
    public ulong FirstHashSum { get; set; }

    /// <summary>The next offset when retention last marked it.</summary>
    public ulong MarkedOffset { get; set; }
}
