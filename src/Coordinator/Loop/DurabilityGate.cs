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
