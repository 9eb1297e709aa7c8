using Millrace.Client.Core;
using Millrace.Common.Model;

namespace Millrace.Client.Producing;

/// <summary>
/// Everything that happens under the producer's one lock: events are encoded straight into the machine's batches, sends
/// wait for their sequence, and sends that find no room wait in line. Nothing is allocated per event.
/// </summary>
internal sealed class SendLedger(ProducerMachine machine, ProducerPolicy policy, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _startedAt = time.GetTimestamp();
    private readonly bool _lingers = policy.Linger > TimeSpan.Zero;
    private readonly CompletionPool _completions = new();
    private readonly Dictionary<string, TopicSends> _byTopic = [];
    private readonly WaitingLine _line = new(machine);
    private readonly List<ProducerEffect> _effects = [];
    private IProducerPort? _port;
    private TimeSpan? _wakeAt;

    public TimeSpan Now => time.GetElapsedTime(_startedAt);

    public string ProducerId
    {
        get
        {
            lock (_gate)
            {
                return machine.ProducerId;
            }
        }
    }

    public Ack LastAck(string topic)
    {
        lock (_gate)
        {
            ProducerLane lane = machine.Lane(topic);
            return new Ack(lane.DurableSequence, lane.Position);
        }
    }

    public void Start(IProducerPort port)
    {
        _port = port;
        Tell((now, effects) => machine.Start(now, effects));
    }

    public ValueTask<Ack> Send(string topic, in EventData data, CancellationToken cancellation)
    {
        int size = EntryEncoder.EventBytes(data);
        int entry = EntryEncoder.EntryBytes(size);
        lock (_gate)
        {
            TopicSends sends = Sends(topic);
            if ((Unusable(sends) ?? Wrong(data, size)) is { } refusal)
            {
                return ValueTask.FromException<Ack>(new MillraceException(refusal));
            }

            SendCompletion completion = _completions.Rent();
            if (!_line.IsEmpty || !machine.HasRoom(entry))
            {
                _line.Add(new ParkedSend(sends, new[] { data }, completion), _gate, cancellation);
                return completion.WhenDurable;
            }

            EntryEncoder.Write(machine.Add(sends.Lane, entry, Clock()), data, size);
            sends.Await(completion);
            Pump(sends);
            return completion.WhenDurable;
        }
    }

    public ValueTask<Ack> SendBatch(string topic, ReadOnlyMemory<EventData> events, CancellationToken cancellation)
    {
        lock (_gate)
        {
            TopicSends sends = Sends(topic);
            if (Check(sends, events.Span, out long bytes) is { } refusal)
            {
                return ValueTask.FromException<Ack>(new MillraceException(refusal));
            }

            SendCompletion completion = _completions.Rent();
            if (TryTake(sends, events.Span, bytes))
            {
                sends.Await(completion);
                Pump(sends);
            }
            else
            {
                Park(new ParkedSend(sends, events, completion), cancellation);
            }

            return completion.WhenDurable;
        }
    }

    public ValueTask Post(string topic, ReadOnlyMemory<EventData> events, CancellationToken cancellation)
    {
        lock (_gate)
        {
            TopicSends sends = Sends(topic);
            Refusal? refusal = Check(sends, events.Span, out long bytes);
            if ((sends.TakePostFailure() ?? refusal) is { } why)
            {
                return ValueTask.FromException(new MillraceException(why));
            }

            if (TryTake(sends, events.Span, bytes))
            {
                sends.LastPosted = sends.Lane.LastSequence;
                Pump(sends);
                return ValueTask.CompletedTask;
            }

            SendCompletion completion = _completions.Rent();
            Park(new ParkedSend(sends, events, completion) { IsPost = true }, cancellation);
            return completion.WhenTaken;
        }
    }

    /// <summary>Done when everything that waits in line now has been taken.</summary>
    public ValueTask Turn(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_line.IsEmpty)
            {
                return ValueTask.CompletedTask;
            }

            SendCompletion completion = _completions.Rent();
            Park(new ParkedSend(null, default, completion) { IsPost = true }, cancellation);
            return completion.WhenTaken;
        }
    }

    /// <summary>Nothing lingers any more; one task for each topic that has something to wait for.</summary>
    /// <param name="position">What was durable before can be seen at this position.</param>
    public List<ValueTask<Ack>> Flush(out ulong position)
    {
        lock (_gate)
        {
            var tasks = new List<ValueTask<Ack>>();
            position = 0;
            foreach (TopicSends sends in _byTopic.Values)
            {
                position = Math.Max(position, sends.Lane.Position);
                if (sends.Lane.LastSequence > sends.Lane.DurableSequence)
                {
                    SendCompletion completion = _completions.Rent();
                    sends.Await(completion);
                    tasks.Add(completion.WhenDurable);
                    machine.Flush(sends.Lane, Clock(), _effects);
                }
            }

            SendOut();
            return tasks;
        }
    }

    /// <summary>Why posted events were lost, once.</summary>
    public Refusal? TakePostFailure()
    {
        lock (_gate)
        {
            Refusal? failure = null;
            foreach (TopicSends sends in _byTopic.Values)
            {
                failure = sends.TakePostFailure() ?? failure;
            }

            return failure;
        }
    }

    /// <summary>Tells the machine something and carries out what follows.</summary>
    public void Tell(Action<TimeSpan, List<ProducerEffect>> input)
    {
        var finished = new List<Finished>();
        lock (_gate)
        {
            input(Now, _effects);
            CarryOut(finished);
        }

        Finished.Tell(finished);
    }

    /// <summary>Time has passed; a timer that went off too early is set again.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _wakeAt = null;
        }

        Tell(machine.Wake);
    }

    /// <param name="finished">Empty; kept by the caller, so that an ack allocates nothing per event.</param>
    public void Acked(int attempt, ProducerLane lane, ulong sequence, ulong position, List<Finished> finished)
    {
        lock (_gate)
        {
            machine.Acked(attempt, lane, sequence, position, Clock(), _effects);
            CarryOut(finished);
        }

        Finished.Tell(finished);
    }

    private TimeSpan Clock() => _lingers ? Now : TimeSpan.Zero;

    private TopicSends Sends(string topic)
    {
        if (!_byTopic.TryGetValue(topic, out TopicSends? sends))
        {
            sends = new TopicSends(machine.Lane(topic));
            _byTopic.Add(topic, sends);
        }

        return sends;
    }

    private Refusal? Wrong(in EventData data, int size) =>
        EventRules.Check(data, size, machine.MaxEventBytes, !policy.AllowEventsWithoutKey);

    private Refusal? Unusable(TopicSends sends) => machine.Failure ?? sends.Lane.Refused;

    private Refusal? Check(TopicSends sends, ReadOnlySpan<EventData> events, out long bytes)
    {
        bytes = 0;
        if (events.Length == 0)
        {
            return EventRules.EmptyBatch;
        }

        Refusal? refusal = Unusable(sends);
        for (int i = 0; i < events.Length && refusal is null; i++)
        {
            int size = EntryEncoder.EventBytes(events[i]);
            refusal = Wrong(events[i], size);
            bytes += EntryEncoder.EntryBytes(size);
        }

        return refusal;
    }

    /// <summary>Takes all of the events, or none when they do not fit now.</summary>
    private bool TryTake(TopicSends sends, ReadOnlySpan<EventData> events, long bytes)
    {
        if (!_line.IsEmpty || bytes > policy.MaxBufferedBytes || !machine.HasRoom((int)bytes))
        {
            return false;
        }

        TimeSpan now = Clock();
        for (int i = 0; i < events.Length; i++)
        {
            int size = EntryEncoder.EventBytes(events[i]);
            EntryEncoder.Write(machine.Add(sends.Lane, EntryEncoder.EntryBytes(size), now), events[i], size);
        }

        return true;
    }

    private void Park(ParkedSend parked, CancellationToken cancellation)
    {
        _line.Add(parked, _gate, cancellation);
        var finished = new List<Finished>();
        _line.Take(Clock(), _effects, finished);
        SendOut();
        Finished.Tell(finished);
    }

    private void Pump(TopicSends sends)
    {
        machine.Pump(sends.Lane, Clock(), _effects);
        SendOut();
    }

    /// <summary>After inputs that can only lead to batches being sent.</summary>
    private void SendOut()
    {
        foreach (ProducerEffect effect in _effects)
        {
            _port!.Send((SendBatch)effect);
        }

        _effects.Clear();
        if (_lingers)
        {
            SetWake();
        }
    }

    private void CarryOut(List<Finished> finished)
    {
        bool settled = false;
        for (int i = 0; i < _effects.Count; i++)
        {
            settled |= CarryOut(_effects[i], finished);
            if (settled && i == _effects.Count - 1)
            {
                settled = false;
                _line.Take(Clock(), _effects, finished);
            }
        }

        _effects.Clear();
        SetWake();
    }

    /// <returns>Whether there may be room now.</returns>
    private bool CarryOut(ProducerEffect effect, List<Finished> finished)
    {
        switch (effect)
        {
            case SendBatch send:
                _port!.Send(send);
                return false;
            case EventsDurable durable:
                Sends(durable.Lane.Topic).Durable(durable.LastSequence, durable.Position, finished);
                return true;
            case TopicFailed failed:
                Sends(failed.Lane.Topic).Fail(failed.Why, finished);
                _line.Fail(Sends(failed.Lane.Topic), failed.Why, finished);
                _port!.Refused(failed);
                return true;
            case ProducerFailed failed:
                FailAll(failed.Why, finished);
                _port!.Failed(failed);
                return true;
            case OpenProducer open:
                _port!.Open(open);
                return false;
            case ProducerReady ready:
                _port!.Ready(ready);
                return false;
            case ProducerWaits waits:
                _port!.Waits(waits);
                return false;
            default:
                throw new InvalidOperationException($"Unknown effect {effect.GetType().Name}.");
        }
    }

    private void FailAll(Refusal why, List<Finished> finished)
    {
        foreach (TopicSends sends in _byTopic.Values)
        {
            sends.Fail(why, finished);
        }

        _line.Fail(null, why, finished);
    }

    private void SetWake()
    {
        if (machine.WakeAt != _wakeAt)
        {
            _wakeAt = machine.WakeAt;
            _port!.WakeAt(_wakeAt);
        }
    }
}
