using System.Collections.Concurrent;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Ingest;

/// <summary>Which keys of each topic are the heaviest of late. Bounded by the number of topics.</summary>
internal sealed class HotKeys(TimeProvider time)
{
    private const int MostSeen = 8;
    private const double LeastShare = 0.02;

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

    /// <summary>The few of each topic that are worth knowing of.</summary>
    public IReadOnlyList<SeenKey> Seen()
    {
        var seen = new List<SeenKey>();
        foreach ((TopicId topic, HotKeySample sample) in _topics)
        {
            seen.AddRange(sample.Top(MostSeen, out ulong sampled)
                .Select(k => new SeenKey(topic, k.Key, k.Count / (double)Math.Max(1, sampled)))
                .Where(k => k.Share >= LeastShare));
        }

        return seen;
    }

    /// <param name="sampled">How many events the counts are out of.</param>
    public IReadOnlyList<HeavyKey> Top(TopicId topic, int count, out ulong sampled)
    {
        sampled = 0;
        return _topics.TryGetValue(topic, out HotKeySample? sample) ? sample.Top(count, out sampled) : [];
    }
}
