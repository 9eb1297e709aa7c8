using System.Collections.Immutable;
using System.Text;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Faults;

/// <summary>Splits and merges partitions at drawn times. No fault, but it must be exact in spite of all of
/// them.</summary>
internal sealed class PartitionChanges(Cluster cluster, SimRandom random)
{
    private const int Most = 16;

    private int _count;

    public void Change()
    {
        if (_count == Most || cluster.Coordinator.Routing is not { Topics.Count: > 0 } routing)
        {
            return;
        }

        _count++;
        TopicRoute topic = random.Pick(routing.Topics.Values.ToArray());
        int[] open = [.. topic.PartitionOfGroup.Distinct()];
        int at = random.Below(open.Length);
        bool merge = open.Length > 1 && at + 1 < open.Length && random.Chance(0.5);
        string id = $"change-{_count}";
        cluster.Admin.Change(merge
            ? new MergePartitionsCall(topic.Name, open[at], open[at + 1], id)
            : Split(topic, open[at], id));
    }

    private SplitPartitionCall Split(TopicRoute topic, int index, string id)
    {
        PartitioningSpec rule = topic.Partitioner.Spec;
        return new(
            topic.Name,
            index,
            id,
            rule.IsCutByKey ? 0 : CutOf(topic.PartitionOfGroup, index),
            rule.SplitPoints is null ? [] : AnyKey(),
            rule.Directory is null || random.Chance(0.5) ? [] : [AnyKey()]);
    }

    /// <summary>Often in another partition, so that it will be refused.</summary>
    private byte[] AnyKey() => Encoding.UTF8.GetBytes($"key-{random.Below(cluster.World.Options.Keys)}");

    /// <summary>Any key group but the first; 0: the middle, also when there is only one, which will be
    /// refused.</summary>
    private int CutOf(ImmutableArray<int> partitionOfGroup, int index)
    {
        int first = partitionOfGroup.IndexOf(index);
        int end = partitionOfGroup.LastIndexOf(index) + 1;
        return end - first < 2 || random.Chance(0.5) ? 0 : random.Between(first + 1, end - 1);
    }
}
