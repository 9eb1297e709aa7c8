using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>What is measured of a topic's partitions, and where the spreading of its batches stands. Made anew when the
/// topic's partitions change.</summary>
internal sealed class TopicLoad
{
    private readonly Dictionary<PartitionId, int> _indexOf = [];

    public TopicLoad(TopicRoute route, ulong incarnation)
    {
        Route = route;
        Loads = new PartitionLoads(route.Partitions.Length);
        for (int i = 0; i < route.Partitions.Length; i++)
        {
            if (route.Partitions[i].Value > 0)
            {
                _indexOf[route.Partitions[i]] = i;
            }
        }

        if (route.Partitioner.Spec.Spread is { } spread)
        {
            ulong seed = ((ulong)route.Topic.Value << 32) ^ incarnation;
            Spreader = Spreader.Of(spread, route.Partitions.Length, seed);
        }
    }

    public TopicRoute Route { get; }

    public PartitionLoads Loads { get; }

    public Spreader? Spreader { get; }

    /// <summary>A key's partition by its index; -1: the topic has no such partition.</summary>
    public int IndexOf(PartitionId partition) => _indexOf.GetValueOrDefault(partition, -1);

    /// <summary>The open partition that was given least of late; of equals the one with the fewest keys.</summary>
    /// <param name="placed">Keys that will be placed together with the next one.</param>
    public int Lightest(KeyDirectory directory, KeyDirectory placed)
    {
        int best = Route.PartitionOfGroup[0];
        foreach (int i in Route.PartitionOfGroup)
        {
            double less = Loads.Events[i] - Loads.Events[best];
            if (less < 0 || (less == 0 && Keys(i) < Keys(best)))
            {
                best = i;
            }
        }

        return best;

        int Keys(int index) =>
            directory.KeysOf(Route.Partitions[index]) + placed.KeysOf(Route.Partitions[index]);
    }
}
