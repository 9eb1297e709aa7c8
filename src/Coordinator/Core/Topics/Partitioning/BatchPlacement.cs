using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>Finds the partition of batches for which no rule says it: those of topics that spread.</summary>
internal sealed class BatchPlacement(CoordinatorState state)
{
    private readonly Dictionary<TopicId, TopicLoad> _topics = [];

    /// <summary>The index of the partition that a whole batch goes to. Allocates nothing but for the first batch of a
    /// topic.</summary>
    /// <param name="events">How many events will be stored.</param>
    public int Choose(TopicId id, int events, TimeSpan uptime)
    {
        TopicRoute route = state.Topics.Get(id).Route;
        if (!_topics.TryGetValue(id, out TopicLoad? topic) || topic.Partitions != route.Partitions.Length)
        {
            _topics[id] = topic = new TopicLoad(route, state.Incarnation);
        }

        topic.Loads.Forget(uptime);
        int index = topic.Spreader.Next(topic.Loads.Events);
        topic.Loads.Add(index, events);
        return index;
    }

    private sealed class TopicLoad(TopicRoute route, ulong incarnation)
    {
        public int Partitions { get; } = route.Partitions.Length;

        public PartitionLoads Loads { get; } = new(route.Partitions.Length);

        public Spreader Spreader { get; } = Spreader.Of(
            route.Partitioner.Spec.Spread!, route.Partitions.Length, ((ulong)route.Topic.Value << 32) ^ incarnation);
    }
}
