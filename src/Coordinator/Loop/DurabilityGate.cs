using Millrace.Common.Model;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Loop;

/// <summary>
/// Holds back everything that tells the outside until the last record applied at the time it was computed is durable
/// (rule of exactness 3). First in, first out, so that a caller never sees a later answer before an earlier one.
/// </summary>
internal sealed class DurabilityGate
{
    private readonly Queue<Held> _held = new();

    public int Count => _held.Count;

    /// <summary>Holds a message until frame number <paramref name="frame"/> is durable.</summary>
    public void Hold(ulong frame, in Outgoing message) => _held.Enqueue(new Held(frame, message));

    /// <summary>Hands out all that waited for frames up to <paramref name="frame"/>, in order.</summary>
    public void Release(ulong frame, ulong durableEnd, IOutbox outbox)
    {
        while (_held.TryPeek(out Held next) && next.Frame <= frame)
        {
            _held.Dequeue();
            next.Message.Deliver(outbox, durableEnd);
        }
    }

    private readonly record struct Held(ulong Frame, Outgoing Message);
}

/// <summary>Something that tells the outside: an effect, or what became of a batch.</summary>
internal readonly record struct Outgoing
{
    private readonly Effect? _effect;
    private readonly OfferedBatch? _batch;
    private readonly Refusal? _refusal;
    private readonly ulong _lastSequence;
    private readonly int _repeats;

    private Outgoing(Effect? effect, OfferedBatch? batch, Refusal? refusal, ulong lastSequence, int repeats)
    {
        _effect = effect;
        _batch = batch;
        _refusal = refusal;
        _lastSequence = lastSequence;
        _repeats = repeats;
    }

    public static Outgoing Of(Effect effect) => new(effect, null, null, 0, 0);

    public static Outgoing Ack(OfferedBatch batch, ulong lastSequence, int repeats) =>
        new(null, batch, null, lastSequence, repeats);

    public static Outgoing Refuse(OfferedBatch batch, Refusal refusal) => new(null, batch, refusal, 0, 0);

    public void Deliver(IOutbox outbox, ulong durableEnd)
    {
        if (_effect is not null)
        {
            outbox.Carry(_effect);
        }
        else if (_refusal is not null)
        {
            _batch!.Outcome!.Refused(_batch, _refusal);
        }
        else
        {
            _batch!.Outcome!.Acknowledged(_batch, _lastSequence, _repeats, durableEnd);
        }
    }
}

/// <summary>Carries out effects that are free to leave. Called on the loop: returns at once.</summary>
internal interface IOutbox
{
    void Carry(Effect effect);
}
