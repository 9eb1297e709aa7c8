using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics.Cutting;

/// <summary>Where the partitions of a topic can be cut, and which can be joined.</summary>
internal abstract class PartitionCutter
{
    /// <summary>Two pieces that hold together what the partition holds.</summary>
    public abstract Cut Split(Partition partition, SplitPartition asked);

    /// <summary>One piece that holds what two different partitions hold.</summary>
    public abstract Cut Merge(Partition a, Partition b);

    /// <param name="directory">Of a topic that has one.</param>
    /// <param name="loads">Of a partition of a topic that has one.</param>
    public static PartitionCutter Of(Topic topic, KeyDirectory? directory, Func<Partition, KeyLoads> loads) =>
        topic.Route.Partitioner.Spec.Kind switch
        {
            PartitioningKind.RangeByKey => new RangeCutter(topic),
            PartitioningKind.Key => new DirectoryCutter(topic, directory!, loads),
            _ => new GroupCutter(),
        };

    /// <summary>Null unless a field is set that says nothing to topics of this kind.</summary>
    protected static Refusal? CheckUnused(SplitPartition asked, string use, bool atKeyGroup, bool atKey, bool keys)
    {
        string? field = atKeyGroup && asked.AtKeyGroup != 0 ? "at_key_group"
            : atKey && asked.AtKey.Length > 0 ? "at_key"
            : keys && asked.Keys.Count > 0 ? "keys"
            : null;
        return field is null
            ? null
            : Refusal.BadField(field, $"The partitions of topic {asked.Topic} are not cut by {field}; use {use}.");
    }
}
