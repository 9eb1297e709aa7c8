using Millrace.Common.Model;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.TestKit.FakeCluster;

/// <summary>
/// What the fake coordinator has stored, by the plainest rules, and how it is to misbehave. Safe for many threads.
/// </summary>
public sealed class FakeStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Event>> _topics = [];
    private readonly Dictionary<(string Producer, string Topic), ulong> _last = [];
    private readonly Dictionary<string, ulong> _epochs = [];
    private CancellationTokenSource _streams = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _ackGate = Opened();
    private ulong _position = 4096;

    /// <summary>How many batches came in, repeats included.</summary>
    public int Batches { get; private set; }

    /// <summary>How many events came again.</summary>
    public int Repeats { get; private set; }

    /// <summary>How often a producer was opened.</summary>
    public int Opens { get; private set; }

    /// <summary>After every so many batches the stream breaks, with its acks lost; 0: never.</summary>
    public int BreakEvery { get; set; }

    /// <summary>Ends when the streams of now are to break.</summary>
    public CancellationToken StreamsOfNow
    {
        get
        {
            lock (_gate)
            {
                return _streams.Token;
            }
        }
    }

    /// <summary>Acks are sent while this is complete.</summary>
    public Task AcksMayGo
    {
        get
        {
            lock (_gate)
            {
                return _ackGate.Task;
            }
        }
    }

    /// <summary>Completes with the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    public void CreateTopic(string topic)
    {
        lock (_gate)
        {
            _topics.TryAdd(topic, []);
        }
    }

    public IReadOnlyList<Event> Events(string topic)
    {
        lock (_gate)
        {
            return [.. _topics[topic]];
        }
    }

    /// <summary>Events of a topic from an offset on, with the position at their end.</summary>
    public (IReadOnlyList<Event> Events, ulong Position)? Read(string topic, int offset, int most)
    {
        lock (_gate)
        {
            return _topics.TryGetValue(topic, out List<Event>? events)
                ? ([.. events.Skip(offset).Take(most)], _position)
                : null;
        }
    }

    public void HoldAcks()
    {
        lock (_gate)
        {
            _ackGate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void ReleaseAcks()
    {
        lock (_gate)
        {
            _ackGate.TrySetResult();
        }
    }

    /// <summary>Breaks all streams of now.</summary>
    public void BreakStreams()
    {
        CancellationTokenSource broken;
        lock (_gate)
        {
            broken = _streams;
            _streams = new CancellationTokenSource();
        }

        broken.Cancel();
    }

    public OpenProducerResponse Open(string producer)
    {
        lock (_gate)
        {
            Opens++;
            string id = producer.Length > 0 ? producer : $"fresh-{Opens}";
            _position += 4096;
            _epochs[id] = _position;
            var response = new OpenProducerResponse
            {
                ProducerId = id,
                ProducerEpoch = _position,
                Incarnation = 1,
                MaxBatchBytes = 1024 * 1024,
                MaxBatchEvents = 10_000,
                MaxEventBytes = 1_000_000,
            };
            response.Topics.AddRange(_last
                .Where(l => l.Key.Producer == id)
                .Select(l => new TopicSequence { Topic = l.Key.Topic, LastSequence = l.Value }));
            return response;
        }
    }

    /// <exception cref="RefusalException">By the coordinator's rules.</exception>
    public (PublishResponse Ack, bool Break) Publish(PublishRequest batch)
    {
        lock (_gate)
        {
            Batches++;
            if (_epochs.GetValueOrDefault(batch.ProducerId) != batch.ProducerEpoch)
            {
                throw Refused(RefusalKind.FailedPrecondition, "PRODUCER_FENCED");
            }

            if (!_topics.TryGetValue(batch.Topic, out List<Event>? events))
            {
                throw Refused(RefusalKind.NotFound, "NO_SUCH_TOPIC");
            }

            ulong last = _last.GetValueOrDefault((batch.ProducerId, batch.Topic));
            if (batch.FirstSequence > last + 1)
            {
                throw Refused(RefusalKind.OutOfRange, "SEQUENCE_GAP");
            }

            int skip = (int)Math.Min(last + 1 - batch.FirstSequence, (ulong)batch.Events.Count);
            Repeats += skip;
            events.AddRange(batch.Events.Skip(skip));
            last += (ulong)(batch.Events.Count - skip);
            _last[(batch.ProducerId, batch.Topic)] = last;
            _position += 4096;
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var ack = new PublishResponse { Topic = batch.Topic, LastSequence = last, Position = _position };
            return (ack, BreakEvery > 0 && Batches % BreakEvery == 0);
        }
    }

    private static RefusalException Refused(RefusalKind kind, string reason) =>
        new(new Refusal(kind, reason, $"Refused: {reason}."));

    private static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
