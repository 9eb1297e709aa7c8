using Millrace.Common.Model;

namespace Millrace.Client.Core;

/// <summary>What a producer holds of one topic: batches in sequence order, the first of them in flight.</summary>
internal sealed class ProducerLane(string topic, ulong durable)
{
    private readonly List<OutBatch> _batches = [];
    private int _inFlight;
    private bool _lastIsOpen;

    public string Topic { get; } = topic;

    /// <summary>The sequence of the last event that was added.</summary>
    public ulong LastSequence { get; private set; } = durable;

    /// <summary>Everything up to this sequence is durable.</summary>
    public ulong DurableSequence { get; private set; } = durable;

    /// <summary>A journal position at which everything durable can be seen; 0 while nothing was sent.</summary>
    public ulong Position { get; set; }

    /// <summary>The last sequence that was ever sent.</summary>
    public ulong SentSequence { get; private set; } = durable;

    /// <summary>
    /// Why the coordinator refused this topic; what is not durable fails once the producer has opened again.
    /// </summary>
    public Refusal? Refused { get; set; }

    /// <summary>Up to this sequence nothing lingers.</summary>
    public ulong FlushSequence { get; set; }

    public int InFlight => _inFlight;

    public int InFlightBytes { get; private set; }

    public int BufferedBytes { get; private set; }

    /// <summary>The batch that is being filled.</summary>
    public OutBatch? Open => _lastIsOpen ? _batches[^1] : null;

    /// <summary>The next batch to send: full or closed ones, then the one being filled.</summary>
    public OutBatch? Next => _inFlight < _batches.Count ? _batches[_inFlight] : null;

    public bool NextIsOpen => _lastIsOpen && _inFlight == _batches.Count - 1;

    /// <summary>Starts to fill another batch; the one before is closed.</summary>
    public void Begin(OutBatch batch, TimeSpan now)
    {
        batch.Reset(LastSequence + 1, now);
        _batches.Add(batch);
        _lastIsOpen = true;
    }

    public Span<byte> Extend(int bytes)
    {
        LastSequence++;
        BufferedBytes += bytes;
        return _batches[^1].Extend(bytes);
    }

    /// <summary>The next batch goes out; if it was being filled it is closed.</summary>
    public OutBatch Send()
    {
        OutBatch batch = _batches[_inFlight++];
        if (_inFlight == _batches.Count)
        {
            _lastIsOpen = false;
        }

        InFlightBytes += batch.Length;
        SentSequence = Math.Max(SentSequence, batch.LastSequence);
        return batch;
    }

    /// <summary>Everything up to the sequence is durable: batches that lie wholly below are given back.</summary>
    public void Settle(ulong sequence, Action<OutBatch> giveBack)
    {
        DurableSequence = sequence;
        int done = 0;
        while (done < _batches.Count && _batches[done].LastSequence <= sequence)
        {
            Remove(_batches[done], done < _inFlight, giveBack);
            done++;
        }

        Drop(done);
    }

    /// <summary>Nothing is in flight any more; what was is sent again, with the same sequences.</summary>
    public void Rewind()
    {
        _inFlight = 0;
        InFlightBytes = 0;
    }

    /// <summary>Forgets what is not durable; its sequences are free again.</summary>
    public void Clear(Action<OutBatch> giveBack)
    {
        Rewind();
        foreach (OutBatch batch in _batches)
        {
            Remove(batch, false, giveBack);
        }

        Drop(_batches.Count);
        LastSequence = DurableSequence;
        SentSequence = DurableSequence;
        FlushSequence = 0;
    }

    private void Remove(OutBatch batch, bool inFlight, Action<OutBatch> giveBack)
    {
        BufferedBytes -= batch.Length;
        InFlightBytes -= inFlight ? batch.Length : 0;
        giveBack(batch);
    }

    private void Drop(int count)
    {
        _batches.RemoveRange(0, count);
        _inFlight = Math.Max(0, _inFlight - count);
        _lastIsOpen &= _batches.Count > 0;
    }
}
