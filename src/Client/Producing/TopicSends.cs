using Millrace.Client.Core;
using Millrace.Common.Model;

namespace Millrace.Client.Producing;

/// <summary>The sends of one topic that wait for their ack. Acks are cumulative, so they are done in order.</summary>
internal sealed class TopicSends(ProducerLane lane)
{
    private readonly Queue<(ulong Last, SendCompletion Completion)> _waiting = [];

    public ProducerLane Lane { get; } = lane;

    /// <summary>The last sequence whose outcome only a flush tells.</summary>
    public ulong LastPosted { get; set; }

    /// <summary>Why posted events were lost; told by the next post or flush.</summary>
    public Refusal? PostFailure { get; private set; }

    /// <summary>The completion is done when everything added so far is durable.</summary>
    public void Await(SendCompletion completion) => _waiting.Enqueue((Lane.LastSequence, completion));

    public void Durable(ulong sequence, ulong position, List<Finished> finished)
    {
        while (_waiting.TryPeek(out (ulong Last, SendCompletion Completion) first) && first.Last <= sequence)
        {
            _waiting.Dequeue();
            finished.Add(new Finished(first.Completion, new Ack(first.Last, position), null));
        }
    }

    public void Fail(Refusal why, List<Finished> finished)
    {
        if (LastPosted > Lane.DurableSequence)
        {
            PostFailure = why;
            LastPosted = 0;
        }

        while (_waiting.TryDequeue(out (ulong Last, SendCompletion Completion) first))
        {
            finished.Add(new Finished(first.Completion, default, new MillraceException(why)));
        }
    }

    public Refusal? TakePostFailure()
    {
        Refusal? failure = PostFailure;
        PostFailure = null;
        return failure;
    }
}
