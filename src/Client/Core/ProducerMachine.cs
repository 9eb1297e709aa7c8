using Millrace.Common.Failpoints;
using Millrace.Common.Model;

namespace Millrace.Client.Core;

/// <summary>
/// What a producer decides: sequences, batches, what is in flight, and what happens after a broken connection. It opens
/// again under the same id, learns what is durable, and sends the rest again with the same sequences; the coordinator
/// drops repeats, so each event is stored once. Single-threaded: its owner calls it under one lock and carries out the
/// effects in order.
/// </summary>
internal sealed class ProducerMachine(ProducerPolicy policy, string producerId, ulong seed)
{
    private const int BatchHeaderBytes = 512;
    private const int MostSpareBatches = 128;

    private readonly Dictionary<string, ProducerLane> _lanes = [];
    private readonly List<ProducerLane> _laneOrder = [];
    private readonly Stack<OutBatch> _spare = [];
    private readonly Backoff _backoff = new(policy.BackoffMin, policy.BackoffMax, seed);
    private OpenedFacts? _opened;
    private Phase _phase = Phase.New;
    private int _attempt;

    /// <summary>Refused last. Acks of other topics do not shorten its waits: each costs a record on a disk.</summary>
    private ProducerLane? _refused;
    private TimeSpan? _troubleSince;
    private TimeSpan _retryAt;
    private int _maxBatchBytes = policy.MaxBatchBytes;
    private int _maxBatchEvents = policy.MaxBatchEvents;

    private enum Phase
    {
        New,
        Opening,
        Open,
        Waiting,
        Failed,
    }

    public string ProducerId { get; private set; } = producerId;

    /// <summary>The epoch to send with every batch of the current attempt.</summary>
    public ulong Epoch => _opened?.Epoch ?? 0;

    /// <summary>The largest encoded event that the coordinator takes, in bytes.</summary>
    public int MaxEventBytes => _opened?.MaxEventBytes ?? int.MaxValue;

    /// <summary>Bytes that are held until they are acknowledged.</summary>
    public int BufferedBytes { get; private set; }

    /// <summary>Why the producer is at its end; null while it is not.</summary>
    public Refusal? Failure { get; private set; }

    public IReadOnlyList<ProducerLane> Lanes => _laneOrder;

    /// <summary>When <see cref="Wake"/> is due; null: nothing waits for time.</summary>
    public TimeSpan? WakeAt => _phase switch
    {
        Phase.Waiting => _retryAt,
        Phase.Open when policy.Linger > TimeSpan.Zero => LingerEnd(),
        _ => null,
    };

    /// <summary>Must come first. Events may be added after <see cref="ProducerReady"/>.</summary>
    public void Start(TimeSpan now, List<ProducerEffect> effects)
    {
        _troubleSince = now;
        Open(effects);
    }

    /// <summary>The topic's lane; the first event of a new one follows the last that the coordinator knows.</summary>
    public ProducerLane Lane(string topic)
    {
        if (!_lanes.TryGetValue(topic, out ProducerLane? lane))
        {
            ulong durable = _opened?.Durable.GetValueOrDefault(topic) ?? 0;
            lane = new ProducerLane(topic, durable) { Position = durable > 0 ? PositionOf(Epoch) : 0 };
            _lanes.Add(topic, lane);
            _laneOrder.Add(lane);
        }

        return lane;
    }

    /// <summary>Whether another event fits the bound on what is held. One is always let in.</summary>
    public bool HasRoom(int bytes) => BufferedBytes == 0 || BufferedBytes + bytes <= policy.MaxBufferedBytes;

    /// <summary>Adds one event; its sequence is then the lane's last. <see cref="Pump"/> is to follow.</summary>
    /// <param name="bytes">Size of the encoded entry.</param>
    /// <param name="now">Only looked at with a linger time.</param>
    /// <returns>Where the entry is to be written before any other call.</returns>
    public Span<byte> Add(ProducerLane lane, int bytes, TimeSpan now)
    {
        if (Failure is not null || lane.Refused is not null)
        {
            throw new InvalidOperationException("The producer or the topic has failed.");
        }

        OutBatch? open = lane.Open;
        if (open is null || open.Count >= _maxBatchEvents || open.Length + bytes > _maxBatchBytes)
        {
            lane.Begin(_spare.TryPop(out OutBatch? spare) ? spare : new OutBatch(), now);
        }

        BufferedBytes += bytes;
        return lane.Extend(bytes);
    }

    /// <summary>Sends what the window allows.</summary>
    public void Pump(ProducerLane lane, TimeSpan now, List<ProducerEffect> effects)
    {
        if (_phase != Phase.Open || lane.Refused is not null)
        {
            return;
        }

        while (lane.Next is { } next && MaySend(lane, next, now))
        {
            effects.Add(new SendBatch(_attempt, lane, lane.Send()));
        }
    }

    /// <summary>Nothing that was added to the topic so far lingers.</summary>
    public void Flush(ProducerLane lane, TimeSpan now, List<ProducerEffect> effects)
    {
        lane.FlushSequence = lane.LastSequence;
        Pump(lane, now, effects);
    }

    /// <summary>
    /// The coordinator opened the producer. What it calls durable is acknowledged, the rest is sent again.
    /// </summary>
    public void Opened(int attempt, OpenedFacts facts, TimeSpan now, List<ProducerEffect> effects)
    {
        if (attempt != _attempt || _phase != Phase.Opening)
        {
            return;
        }

        if (Contradiction(facts) is { } contradiction)
        {
            Fail(contradiction, effects);
            return;
        }

        _opened = facts;
        _phase = Phase.Open;
        ProducerId = facts.ProducerId;
        _maxBatchBytes = Math.Min(policy.MaxBatchBytes, facts.MaxBatchBytes - BatchHeaderBytes);
        _maxBatchEvents = Math.Min(policy.MaxBatchEvents, facts.MaxBatchEvents);
        _refused = _laneOrder.Exists(l => l.Refused is not null) ? _refused : null;
        effects.Add(new ProducerReady(facts.ProducerId, facts.Epoch));
        foreach (ProducerLane lane in _laneOrder)
        {
            Resume(lane, facts.Durable.GetValueOrDefault(lane.Topic), effects);
            Pump(lane, now, effects);
        }

        if (BufferedBytes == 0)
        {
            EndTrouble();
        }
    }

    /// <summary>The coordinator refused to open the producer, or could not be reached.</summary>
    public void OpenFailed(int attempt, Refusal why, TimeSpan now, List<ProducerEffect> effects)
    {
        if (attempt != _attempt || _phase != Phase.Opening)
        {
            return;
        }

        if (RefusalScopes.Of(why) == RefusalScope.Moment)
        {
            RetryLater(why, now, effects);
        }
        else
        {
            Fail(why, effects);
        }
    }

    /// <summary>A cumulative ack came on the topic's stream.</summary>
    public void Acked(
        int attempt, ProducerLane lane, ulong lastSequence, ulong position, TimeSpan now, List<ProducerEffect> effects)
    {
        if (attempt != _attempt || _phase != Phase.Open || lastSequence <= lane.DurableSequence)
        {
            return;
        }

        if (lastSequence > lane.SentSequence)
        {
            Fail(Wrong($"sequence {lastSequence} of topic '{lane.Topic}' was acknowledged but never sent"), effects);
            return;
        }

        Settle(lane, lastSequence, position, effects);
        _refused = lane == _refused ? null : _refused;
        EndTrouble();
        Pump(lane, now, effects);
    }

    /// <summary>A topic's stream ended, refused or broken. Null: the coordinator ended it without a word.</summary>
    public void StreamEnded(int attempt, ProducerLane lane, Refusal? why, TimeSpan now, List<ProducerEffect> effects)
    {
        if (attempt != _attempt || _phase != Phase.Open)
        {
            return;
        }

        why ??= new Refusal(RefusalKind.Unavailable, "STREAM_ENDED", "The coordinator ended the stream.");
        RefusalScope scope = RefusalScopes.Of(why);
        if (scope == RefusalScope.Producer)
        {
            Fail(why, effects);
            return;
        }

        if (scope == RefusalScope.Topic)
        {
            lane.Refused = why;
            _refused = lane;
        }
        else if (Mutants.Is(Mutant.BrokenStreamTakenForAck))
        {
            Settle(lane, lane.SentSequence, lane.Position, effects);
        }

        RetryLater(why, now, effects);
    }

    /// <summary>Time has passed.</summary>
    public void Wake(TimeSpan now, List<ProducerEffect> effects)
    {
        if (_phase == Phase.Waiting && now >= _retryAt)
        {
            Open(effects);
        }
        else if (_phase == Phase.Open)
        {
            foreach (ProducerLane lane in _laneOrder)
            {
                Pump(lane, now, effects);
            }
        }
    }

    /// <summary>Ends the producer; what is not durable yet fails with the reason given.</summary>
    public void Close(Refusal why, List<ProducerEffect> effects)
    {
        if (_phase != Phase.Failed)
        {
            Fail(why, effects);
        }
    }

    /// <summary>Where all that was durable when the producer opened can be seen: one above the record that opened it,
    /// which may share its frame with the last events.</summary>
    private static ulong PositionOf(ulong epoch) => epoch + 1;

    private static Refusal Wrong(string what) => new(
        RefusalKind.DataLoss, "COORDINATOR_CONTRADICTS", $"The coordinator contradicts itself: {what}.");

    private bool MaySend(ProducerLane lane, OutBatch next, TimeSpan now)
    {
        if (lane.InFlight == 0)
        {
            return !lane.NextIsOpen || MayLeave(lane, next, now);
        }

        return lane.InFlight < policy.MaxInFlightBatches
            && lane.InFlightBytes + next.Length <= policy.MaxInFlightBytes
            && (!lane.NextIsOpen || (lane.InFlight < policy.MaxInFlightWhenPartial && MayLeave(lane, next, now)));
    }

    /// <summary>Whether a batch that could take more events may go without waiting for them.</summary>
    private bool MayLeave(ProducerLane lane, OutBatch batch, TimeSpan now) =>
        policy.Linger <= TimeSpan.Zero
        || now - batch.Since >= policy.Linger
        || batch.FirstSequence <= lane.FlushSequence;

    private TimeSpan? LingerEnd()
    {
        TimeSpan? end = null;
        foreach (ProducerLane lane in _laneOrder)
        {
            if (lane.NextIsOpen && lane.InFlight < policy.MaxInFlightWhenPartial && lane.Open is { } open)
            {
                TimeSpan due = open.Since + policy.Linger;
                end = end is null || due < end ? due : end;
            }
        }

        return end;
    }

    private Refusal? Contradiction(OpenedFacts facts)
    {
        foreach (ProducerLane lane in _laneOrder)
        {
            ulong durable = facts.Durable.GetValueOrDefault(lane.Topic);
            if (durable < lane.DurableSequence)
            {
                return Wrong($"sequence {lane.DurableSequence} of topic '{lane.Topic}' was acknowledged, and now only "
                    + $"{durable} is known");
            }

            if (durable > lane.SentSequence)
            {
                return new Refusal(
                    RefusalKind.FailedPrecondition,
                    "PRODUCER_FENCED",
                    $"Another process published as producer '{facts.ProducerId}'; each needs an id of its own.");
            }
        }

        return null;
    }

    private void Resume(ProducerLane lane, ulong durable, List<ProducerEffect> effects)
    {
        lane.Rewind();
        if (durable > lane.DurableSequence)
        {
            Settle(lane, durable, PositionOf(Epoch), effects);
        }

        if (lane.Refused is { } refused)
        {
            BufferedBytes -= lane.BufferedBytes;
            lane.Clear(GiveBack);
            lane.Refused = null;
            effects.Add(new TopicFailed(lane, refused));
        }
    }

    private void Settle(ProducerLane lane, ulong sequence, ulong position, List<ProducerEffect> effects)
    {
        int before = lane.BufferedBytes;
        lane.Settle(sequence, GiveBack);
        lane.Position = Math.Max(lane.Position, position);
        BufferedBytes -= before - lane.BufferedBytes;
        effects.Add(new EventsDurable(lane, sequence, lane.Position));
    }

    private void EndTrouble()
    {
        _troubleSince = null;
        if (_refused is null)
        {
            _backoff.Reset();
        }
    }

    private void Open(List<ProducerEffect> effects)
    {
        _phase = Phase.Opening;
        _attempt++;
        effects.Add(new OpenProducer(_attempt, ProducerId));
    }

    private void RetryLater(Refusal why, TimeSpan now, List<ProducerEffect> effects)
    {
        bool nothingAtStake = _opened is not null && BufferedBytes == 0;
        _troubleSince = nothingAtStake ? now : _troubleSince ?? now;
        if (now - _troubleSince >= (_opened is null ? policy.OpenWithin : policy.GiveUpAfter))
        {
            Fail(why, effects);
            return;
        }

        _phase = Phase.Waiting;
        TimeSpan wait = _backoff.Next(why.RetryAfter);
        _retryAt = now + wait;
        effects.Add(new ProducerWaits(why, wait));
    }

    private void Fail(Refusal why, List<ProducerEffect> effects)
    {
        _phase = Phase.Failed;
        Failure = why;
        foreach (ProducerLane lane in _laneOrder)
        {
            lane.Clear(GiveBack);
        }

        BufferedBytes = 0;
        effects.Add(new ProducerFailed(why));
    }

    private void GiveBack(OutBatch batch)
    {
        if (_spare.Count < MostSpareBatches && batch.Capacity <= 2 * policy.MaxBatchBytes)
        {
            _spare.Push(batch);
        }
    }
}
