using Millrace.Common.Model;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Loop;

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
