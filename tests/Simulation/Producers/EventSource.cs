using Millrace.Checking.Histories;
using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Producers;

/// <summary>
/// What one producer publishes: for each topic a fixed list of events, which can be read again from any sequence. This
/// is what lets a producer go on under the same id after a crash.
/// </summary>
internal sealed class EventSource
{
    private readonly History _history;
    private readonly Dictionary<string, SourceLane> _lanes = [];

    public EventSource(
        string producer, IEnumerable<string> topics, SourceShape shape, SimRandom random, History history)
    {
        Producer = producer;
        _history = history;
        foreach (string topic in topics)
        {
            _lanes[topic] = new SourceLane(topic, shape, random.Fork(topic));
        }
    }

    public string Producer { get; }

    public IEnumerable<string> Topics => _lanes.Keys;

    public int EventCount(string topic) => _lanes[topic].Events.Count;

    /// <summary>How many events of the topic exist by now: the application makes them one after another.</summary>
    public int Available(string topic, double share) =>
        (int)Math.Ceiling(_lanes[topic].Events.Count * Math.Min(1, share));

    /// <summary>The share of its time after which more events of the topic exist than so many.</summary>
    public double ShareBeyond(string topic, ulong count)
    {
        int all = _lanes[topic].Events.Count;
        return count >= (ulong)all ? double.PositiveInfinity : (double)count / all;
    }

    /// <summary>All of it was acknowledged.</summary>
    public bool IsDone => _lanes.Values.All(l => l.Acknowledged >= (ulong)l.Events.Count);

    public void Acknowledged(string topic, ulong lastSequence)
    {
        SourceLane lane = _lanes[topic];
        lane.Acknowledged = Math.Max(lane.Acknowledged, lastSequence);
    }

    /// <summary>The encoded entry of an event. From now on it counts as sent.</summary>
    public byte[] Entry(string topic, ulong sequence)
    {
        SourceLane lane = _lanes[topic];
        SourceEvent one = lane.Events[(int)sequence - 1];
        return one.Entry ??= Encode(lane, one, sequence);
    }

    private byte[] Encode(SourceLane lane, SourceEvent one, ulong sequence)
    {
        string key = $"key-{one.Key}";
        long number = _history.Sent.Count;
        _history.Sent.Add(new SentEvent(Producer, lane.Topic, sequence, key));
        long time = number % 3 == 0 ? 1_790_000_000_000 + (long)sequence : 0;
        return Entries.Encode(key, Payload.Make(number, one.Filler), time);
    }

    private sealed class SourceLane
    {
        public SourceLane(string topic, SourceShape shape, SimRandom random)
        {
            Topic = topic;
            for (int i = 0; i < shape.EventsPerLane; i++)
            {
                // A few keys are much more frequent than the others, as words are.
                int key = Math.Min(random.Below(shape.Keys), random.Below(shape.Keys));
                int most = random.Chance(0.1) ? shape.MaxFiller : shape.MaxFiller / 8;
                int filler = random.Below(most + 1);
                Events.Add(new SourceEvent(key, filler));
            }
        }

        public string Topic { get; }

        public List<SourceEvent> Events { get; } = [];

        public ulong Acknowledged { get; set; }
    }

    private sealed record SourceEvent(int Key, int Filler)
    {
        public byte[]? Entry { get; set; }
    }
}

/// <param name="Keys">How many different keys there are.</param>
/// <param name="MaxFiller">The most bytes by which values are longer than they must be.</param>
internal sealed record SourceShape(int EventsPerLane, int Keys, int MaxFiller);
