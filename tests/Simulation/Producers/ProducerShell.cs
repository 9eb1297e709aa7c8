using Millrace.Checking.Histories;
using Millrace.Client.Core;
using Millrace.Common.Model;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Producers;

/// <summary>The real producer machine with simulated streams around it: carries out what it decides.</summary>
internal sealed class ProducerShell
{
    /// <summary>That an attempt gets through and the stream breaks again at once happens, too.</summary>
    private const int MostAttempts = 100;

    private readonly SimNode _node;
    private readonly ICoordinatorAddress _coordinator;
    private readonly List<ProducerEffect> _effects = [];
    private readonly Dictionary<ProducerLane, StreamEnd> _streams = [];
    private readonly HashSet<string> _known = [];
    private readonly Queue<TimeSpan> _attempts = new();
    private readonly Life _life;
    private StreamEnd? _opening;
    private TimeSpan? _wakeAt;
    private bool _closed;
    private ulong _incarnation;

    public ProducerShell(SimNode node, ICoordinatorAddress coordinator, string producerId, ProducerPolicy policy)
    {
        _node = node;
        _coordinator = coordinator;
        _life = node.Life!;
        Machine = new ProducerMachine(policy, producerId, node.Random.NextUInt64());
    }

    public ProducerMachine Machine { get; }

    /// <summary>The producer is open and may be given events.</summary>
    public bool IsReady { get; private set; }

    public Action<ProducerLane, ulong>? Durable { get; set; }

    /// <summary>A topic's events that were not durable are given back; they are to be added again.</summary>
    public Action? GaveBack { get; set; }

    /// <summary>The producer is at its end.</summary>
    public Action<Refusal>? Failed { get; set; }

    private TimeSpan Now => _node.Clock.Uptime;

    /// <summary>The topic's lane. One that is new begins with what the coordinator called durable when it
    /// opened.</summary>
    public ProducerLane Lane(string topic)
    {
        ProducerLane lane = Machine.Lane(topic);
        if (_known.Add(topic) && lane.DurableSequence > 0)
        {
            NoteDurable(lane, lane.DurableSequence);
        }

        return lane;
    }

    public void Start() => Do(() => Machine.Start(Now, _effects));

    public void Pump(ProducerLane lane) => Do(() => Machine.Pump(lane, Now, _effects));

    /// <summary>False: there is no room now. <see cref="Pump"/> is to follow.</summary>
    public bool TryAdd(ProducerLane lane, byte[] entry)
    {
        if (lane.Refused is not null || Machine.Failure is not null || !Machine.HasRoom(entry.Length))
        {
            return false;
        }

        entry.CopyTo(Machine.Add(lane, entry.Length, Now));
        return true;
    }

    /// <summary>Nobody is interested any more.</summary>
    public void Close()
    {
        _closed = true;
        IsReady = false;
        EndStreams();
    }

    private void EndStreams()
    {
        foreach (StreamEnd stream in _streams.Values)
        {
            stream.Abort();
        }

        _streams.Clear();
        _opening?.Abort();
        _opening = null;
    }

    /// <summary>Tells the machine something and carries out what follows.</summary>
    private void Do(Action input)
    {
        if (_closed)
        {
            return;
        }

        input();
        for (int i = 0; i < _effects.Count; i++)
        {
            Carry(_effects[i]);
        }

        _effects.Clear();
        SetWake();
    }

    private void Carry(ProducerEffect effect)
    {
        switch (effect)
        {
            case OpenProducer open:
                Open(open);
                break;
            case ProducerReady:
                IsReady = true;
                break;
            case SendBatch send:
                Send(send);
                break;
            case EventsDurable durable:
                NoteDurable(durable.Lane, durable.LastSequence);
                break;
            case TopicFailed failed:
                _node.World.Trace.Say(_node.Name, $"topic refused: {failed.Why.Reason} {failed.Why.Message}");
                GaveBack?.Invoke();
                break;
            case ProducerWaits waits:
                _node.World.Trace.Say(_node.Name, $"waits: {waits.Why.Reason} {waits.Why.Message}");
                break;
            case ProducerFailed failed:
                Fail(failed.Why);
                break;
        }
    }

    private void NoteDurable(ProducerLane lane, ulong last)
    {
        World world = _node.World;
        string producer = Machine.ProducerId;
        world.Trace.Add("acked", _node.Name, last, lane.Position);
        world.History.Acknowledgements.Add(new Acknowledgement(
            producer, lane.Topic, last, _incarnation, world.Scheduler.NowUs));
        Durable?.Invoke(lane, last);
    }

    private void Fail(Refusal why)
    {
        _node.World.Trace.Add("producer failed", _node.Name);
        _node.World.Trace.Say(_node.Name, $"failed: {why.Reason} {why.Message}");
        if (why.Reason == "COORDINATOR_CONTRADICTS")
        {
            _node.World.History.Report("V1", $"{Machine.ProducerId}: {why.Message}");
        }

        IsReady = false;
        EndStreams();
        Failed?.Invoke(why);
    }

    private void Open(OpenProducer open)
    {
        IsReady = false;
        EndStreams();
        NoteAttempt();
        StreamEnd call = _coordinator.Connect(_node);
        _opening = call;
        call.Received = answer =>
        {
            _opening = null;
            call.Broken = null;
            Do(() => Opened(open.Attempt, answer));
        };
        call.Broken = () =>
        {
            _opening = null;
            Do(() => Machine.OpenFailed(open.Attempt, Unreachable(), Now, _effects));
        };
        call.Send(new OpenProducerCall(open.ProducerId, Reset: false));
    }

    /// <summary>Attempts follow one another with rising pauses.</summary>
    private void NoteAttempt()
    {
        _attempts.Enqueue(Now);
        while (Now - _attempts.Peek() > TimeSpan.FromSeconds(10))
        {
            _attempts.Dequeue();
        }

        _node.World.History.Measure("attempts of a producer in 10 s", _attempts.Count, MostAttempts);
    }

    private void Opened(int attempt, object answer)
    {
        if (answer is OpenProducerAnswer opened)
        {
            _node.World.Trace.Add("opened", _node.Name, opened.Epoch);
            _incarnation = opened.Incarnation;
            var durable = opened.Topics.ToDictionary(t => t.Topic, t => t.LastSequence);
            Machine.Opened(attempt, new OpenedFacts(opened.ProducerId, opened.Epoch, durable), Now, _effects);
        }
        else
        {
            Machine.OpenFailed(attempt, ((Refused)answer).Why, Now, _effects);
        }
    }

    private void Send(SendBatch send)
    {
        _node.World.History.Measure(
            "batches of a producer in flight", send.Lane.InFlight, _node.World.Options.MaxInFlightBatches);
        if (!_streams.TryGetValue(send.Lane, out StreamEnd? stream))
        {
            stream = _coordinator.Connect(_node);
            _streams[send.Lane] = stream;
            StreamEnd opened = stream;
            stream.Received = message => Do(() => Heard(send.Attempt, send.Lane, opened, message));
            stream.Broken = () => Do(() =>
                Machine.StreamEnded(send.Attempt, send.Lane, Unreachable(), Now, _effects));
        }

        stream.Send(new PublishBatch(
            Machine.ProducerId,
            Machine.Epoch,
            send.Lane.Topic,
            send.Batch.FirstSequence,
            send.Batch.Entries.ToArray()));
    }

    private void Heard(int attempt, ProducerLane lane, StreamEnd stream, object message)
    {
        if (message is PublishAck ack)
        {
            _incarnation = ack.Incarnation;
            Machine.Acked(attempt, lane, ack.LastSequence, ack.Position, Now, _effects);
        }
        else
        {
            stream.Broken = null;
            Machine.StreamEnded(attempt, lane, ((Refused)message).Why, Now, _effects);
        }
    }

    private void SetWake()
    {
        TimeSpan? due = _closed ? null : Machine.WakeAt;
        if (due == _wakeAt)
        {
            return;
        }

        _wakeAt = due;
        if (due is { } at)
        {
            _node.World.Scheduler.After(_node.Clock.TrueUs(at - Now), _life, () =>
            {
                if (_wakeAt == due)
                {
                    _wakeAt = null;
                    Do(() => Machine.Wake(Now, _effects));
                }
            });
        }
    }

    private static Refusal Unreachable() =>
        new(RefusalKind.Unavailable, "UNREACHABLE", "The coordinator cannot be reached.");
}
