using System.Buffers.Binary;
using Millrace.Client.Core;
using Millrace.Common.Model;

namespace Millrace.Client.Tests.Core;

/// <summary>
/// A producer's machine, an application that adds numbered events, and a network that delivers in order, late, or not
/// at all. Every step is an explicit choice of the test, so a list of numbers is a whole history.
/// </summary>
internal sealed class ProducerWorld
{
    public const int Steps = 10;
    private const int EntryBytes = 12;

    private static readonly string[] _topics = ["a", "b"];

    private readonly List<ProducerEffect> _effects = [];
    private readonly List<Link> _links = [];
    private readonly Dictionary<string, List<(int Id, ulong Sequence)>> _pending =
        _topics.ToDictionary(t => t, _ => new List<(int, ulong)>());
    private OpenProducer? _toOpen;
    private (int Attempt, OpenedFacts Facts)? _answer;
    private int _nextId;

    public ProducerWorld(ProducerPolicy policy)
    {
        Machine = new ProducerMachine(policy, "p", 42);
        Machine.Start(Now, _effects);
        CarryOut();
    }

    public ProducerMachine Machine { get; }

    public NaiveIngest Server { get; } = new();

    public TimeSpan Now { get; private set; }

    public bool IsReady { get; private set; }

    public Refusal? Failure { get; private set; }

    /// <summary>Ids of the events that were added, by topic, in order.</summary>
    public Dictionary<string, List<int>> Added { get; } = _topics.ToDictionary(t => t, _ => new List<int>());

    public HashSet<int> Acknowledged { get; } = [];

    public HashSet<int> Failed { get; } = [];

    public int Waits { get; private set; }

    /// <summary>One step of a history.</summary>
    public void Step(int choice, int detail)
    {
        switch (choice % Steps)
        {
            case 0 or 1 or 2:
                Add(_topics[detail % _topics.Length]);
                break;
            case 3:
                DeliverBatch(detail);
                break;
            case 4:
                DeliverAck(detail);
                break;
            case 5:
                ReceiveOpen();
                break;
            case 6:
                AnswerOpen();
                break;
            case 7:
                BreakLinks();
                break;
            case 8:
                Advance(TimeSpan.FromMilliseconds(10 * (detail % 20)));
                break;
            default:
                Disturb(detail);
                break;
        }
    }

    public void Add(string topic)
    {
        ProducerLane lane = Machine.Lane(topic);
        if (!IsReady || Machine.Failure is not null || lane.Refused is not null || !Machine.HasRoom(EntryBytes))
        {
            return;
        }

        int id = ++_nextId;
        BinaryPrimitives.WriteInt32LittleEndian(Machine.Add(lane, EntryBytes, Now), id);
        Added[topic].Add(id);
        _pending[topic].Add((id, lane.LastSequence));
        Machine.Pump(lane, Now, _effects);
        CarryOut();
    }

    /// <summary>
    /// The network is well from now on and everything is delivered; the outcome of each event becomes known.
    /// </summary>
    public void Settle()
    {
        Server.RefuseNext.Clear();
        for (int round = 0; round < 10_000 && Failure is null && (!IsReady || Machine.BufferedBytes > 0); round++)
        {
            ReceiveOpen();
            AnswerOpen();
            for (int i = 0; i < _links.Count; i++)
            {
                DeliverBatch(i);
                DeliverAck(i);
            }

            Advance(TimeSpan.FromMilliseconds(50));
        }
    }

    public void BreakLinks()
    {
        foreach (Link link in _links.Where(l => l.ClientAlive))
        {
            link.ClientAlive = false;
            var why = new Refusal(RefusalKind.Unavailable, "UNAVAILABLE", "broken");
            Machine.StreamEnded(link.Attempt, link.Lane, why, Now, _effects);
        }

        CarryOut();
    }

    public void ReceiveOpen()
    {
        if (_toOpen is { } open)
        {
            _toOpen = null;
            _answer = (open.Attempt, Server.Open("p"));
        }
    }

    public void AnswerOpen()
    {
        if (_answer is { } answer)
        {
            _answer = null;
            Machine.Opened(answer.Attempt, answer.Facts, Now, _effects);
            CarryOut();
        }
    }

    public void DeliverBatch(int detail)
    {
        if (_links.Count == 0 || !_links[detail % _links.Count].Batches.TryDequeue(out SentBatch? batch))
        {
            return;
        }

        Link link = _links[detail % _links.Count];
        if (link.Refused is null)
        {
            (link.Refused, ulong acked, ulong position) = Server.Receive(batch);
            if (link.Refused is null)
            {
                link.Acks.Enqueue((acked, position));
            }
        }
    }

    public void DeliverAck(int detail)
    {
        if (_links.Count == 0)
        {
            return;
        }

        Link link = _links[detail % _links.Count];
        if (!link.ClientAlive)
        {
            return;
        }

        if (link.Acks.TryDequeue(out (ulong Sequence, ulong Position) ack))
        {
            Machine.Acked(link.Attempt, link.Lane, ack.Sequence, ack.Position, Now, _effects);
        }
        else if (link.Refused is { } refused)
        {
            link.ClientAlive = false;
            Machine.StreamEnded(link.Attempt, link.Lane, refused, Now, _effects);
        }

        CarryOut();
    }

    public void Advance(TimeSpan time)
    {
        Now += time;
        Machine.Wake(Now, _effects);
        CarryOut();
    }

    private void Disturb(int detail)
    {
        switch (detail % 5)
        {
            case 0:
                Server.RefuseNext.Add(_topics[detail / 5 % _topics.Length]);
                break;
            case 1 when _answer is { } answer:
                _answer = null;
                var lost = new Refusal(RefusalKind.Unavailable, "UNAVAILABLE", "the answer was lost");
                Machine.OpenFailed(answer.Attempt, lost, Now, _effects);
                CarryOut();
                break;
            default:
                Machine.Flush(Machine.Lane(_topics[detail % _topics.Length]), Now, _effects);
                CarryOut();
                break;
        }
    }

    private void CarryOut()
    {
        foreach (ProducerEffect effect in _effects)
        {
            switch (effect)
            {
                case OpenProducer open:
                    _links.ForEach(l => l.ClientAlive = false);
                    _toOpen = open;
                    _answer = null;
                    break;
                case ProducerReady:
                    IsReady = true;
                    break;
                case SendBatch send:
                    LinkOf(send).Batches.Enqueue(SentBatch.Of(send, Machine.Epoch));
                    break;
                case EventsDurable durable:
                    Resolve(durable.Lane.Topic, durable.LastSequence, Acknowledged);
                    break;
                case TopicFailed failed:
                    Resolve(failed.Lane.Topic, ulong.MaxValue, Failed);
                    break;
                case ProducerWaits:
                    Waits++;
                    break;
                case ProducerFailed failed:
                    Failure = failed.Why;
                    break;
            }
        }

        _effects.Clear();
    }

    private Link LinkOf(SendBatch send)
    {
        Link? link = _links.Find(l => l.Attempt == send.Attempt && l.Lane == send.Lane);
        if (link is null)
        {
            link = new Link(send.Attempt, send.Lane);
            _links.Add(link);
        }

        return link;
    }

    private void Resolve(string topic, ulong upTo, HashSet<int> outcome)
    {
        List<(int Id, ulong Sequence)> pending = _pending[topic];
        int count = pending.TakeWhile(p => p.Sequence <= upTo).Count();
        pending.Take(count).ToList().ForEach(p => outcome.Add(p.Id));
        pending.RemoveRange(0, count);
    }

    private sealed class Link(int attempt, ProducerLane lane)
    {
        public int Attempt { get; } = attempt;

        public ProducerLane Lane { get; } = lane;

        public Queue<SentBatch> Batches { get; } = [];

        public Queue<(ulong Sequence, ulong Position)> Acks { get; } = [];

        public bool ClientAlive { get; set; } = true;

        public Refusal? Refused { get; set; }
    }
}
