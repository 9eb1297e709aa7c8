using System.Collections.Concurrent;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Ingest;

/// <summary>Which keys of each topic are the heaviest of late. Bounded by the number of topics.</summary>
internal sealed class HotKeys(TimeProvider time)
{
    private readonly ConcurrentDictionary<TopicId, HotKeySample> _topics = new();

    /// <summary>Looks at some events of a scanned batch. Before it is offered: afterwards it is not ours.</summary>
    public void Observe(OfferedBatch batch)
    {
        TopicId id = batch.Topic!.Topic;
        if (!_topics.TryGetValue(id, out HotKeySample? topic))
        {
            topic = _topics.GetOrAdd(id, _ => new HotKeySample(time));
        }

        topic.Observe(batch.Entries);
    }

    /// <param name="sampled">How many events the counts are out of.</param>
    public IReadOnlyList<HeavyKey> Top(TopicId topic, int count, out ulong sampled)
    {
        sampled = 0;
        return _topics.TryGetValue(topic, out HotKeySample? sample) ? sample.Top(count, out sampled) : [];
    }
}
