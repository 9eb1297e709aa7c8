using Millrace.Client.Core;
using Millrace.Common.Model;

namespace Millrace.Client.Producing;

/// <summary>
/// Sends that found no room, in the order of their calls. Used under the producer's lock only. A send is taken event by
/// event, so that a batch larger than the buffer passes too.
/// </summary>
internal sealed class WaitingLine(ProducerMachine machine)
{
    private const int Most = 64 * 1024;

    private readonly Queue<ParkedSend> _parked = [];

    public bool IsEmpty => _parked.Count == 0;

    public void Add(ParkedSend parked, Lock gate, CancellationToken cancellation)
    {
        if (_parked.Count >= Most)
        {
            parked.Done = true;
            parked.Completion.Fail(new MillraceException(EventRules.TooManyWaiting(Most)));
            return;
        }

        _parked.Enqueue(parked);
        parked.Cancellation = cancellation.Register(() => GiveUp(parked, gate, cancellation));
    }

    /// <summary>Lets in what there is room for.</summary>
    public void Take(TimeSpan now, List<ProducerEffect> effects, List<Finished> finished)
    {
        while (_parked.TryPeek(out ParkedSend? parked))
        {
            if (!parked.Done && parked.Sends is { } sends && !TryTake(parked, sends, now, effects))
            {
                return;
            }

            _parked.Dequeue();
            parked.Cancellation.Unregister();
            if (!parked.Done)
            {
                parked.Done = true;
                finished.Add(new Finished(parked.Completion, default, null));
            }
        }
    }

    /// <summary>Fails what waits for one topic, or for any.</summary>
    public void Fail(TopicSends? sends, Refusal why, List<Finished> finished)
    {
        foreach (ParkedSend parked in _parked)
        {
            if (!parked.Done && (sends is null || parked.Sends == sends))
            {
                parked.Done = true;
                finished.Add(new Finished(parked.Completion, default, new MillraceException(why)));
            }
        }
    }

    private static void GiveUp(ParkedSend parked, Lock gate, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (parked.Done || parked.Taken > 0)
            {
                return;
            }

            parked.Done = true;
        }

        parked.Completion.Fail(new OperationCanceledException(cancellation));
    }

    private bool TryTake(ParkedSend parked, TopicSends sends, TimeSpan now, List<ProducerEffect> effects)
    {
        ProducerLane lane = sends.Lane;
        if (lane.Refused is not null)
        {
            return false;
        }

        ReadOnlySpan<EventData> events = parked.Events.Span;
        for (; parked.Taken < events.Length; parked.Taken++)
        {
            int size = EntryEncoder.EventBytes(events[parked.Taken]);
            int entry = EntryEncoder.EntryBytes(size);
            if (!machine.HasRoom(entry))
            {
                machine.Pump(lane, now, effects);
                return false;
            }

            EntryEncoder.Write(machine.Add(lane, entry, now), events[parked.Taken], size);
        }

        if (parked.IsPost)
        {
            sends.LastPosted = lane.LastSequence;
        }
        else
        {
            sends.Await(parked.Completion);
            parked.Done = true;
        }

        machine.Pump(lane, now, effects);
        return true;
    }
}
