using Millrace.Common.Failpoints;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Producers;

/// <summary>
/// Decides about batches: new, repeated, or refused. Allocates nothing unless it refuses or meets a topic for the
/// first time.
/// </summary>
internal sealed class Admission(CoordinatorState state, CoordinatorPolicy policy)
{
    /// <param name="streamId">The stream that it came on; rises from stream to stream. 0: a plain call, which neither
    /// replaces a stream nor is replaced by one.</param>
    public PublishVerdict Admit(
        string producerId,
        ulong producerEpoch,
        TopicId topic,
        ulong firstSequence,
        int count,
        ulong streamId)
    {
        ProducerEntry? entry = state.Producers.Find(producerId);
        if (entry is null || entry.Epoch != producerEpoch)
        {
            return Refuse(BadProducer(producerId, producerEpoch, entry));
        }

        if (!entry.Topics.TryGetValue(topic, out TopicProgress? progress))
        {
            if (FirstMeeting(topic) is { } refusal)
            {
                return Refuse(refusal);
            }

            progress = state.Producers.AddTopic(entry, topic);
        }

        ulong last = LastOf(entry, progress, firstSequence, streamId);
        if (BadStream(entry, progress, streamId) is { } replaced)
        {
            return Refuse(replaced);
        }

        if (BadSequences(entry, topic, last, firstSequence, count) is { } bad)
        {
            progress.RefusedStream = streamId == 0 ? progress.RefusedStream : streamId;
            return Refuse(bad);
        }

        ulong end = firstSequence + (uint)count - 1;
        if (end <= last)
        {
            return new PublishVerdict(PublishOutcome.Repeat, count, last, default, null);
        }

        int skip = (int)(last + 1 - firstSequence);
        state.Producers.Take(entry, progress, end);
        var range = new ProducerRange(entry.Number, topic, last + 1, (uint)(count - skip));
        return new PublishVerdict(PublishOutcome.Store, skip, end, range, null);
    }

    /// <summary>Planted bugs take a batch's own word for where it follows.</summary>
    private static ulong LastOf(ProducerEntry entry, TopicProgress progress, ulong firstSequence, ulong streamId)
    {
        bool believed = (Mutants.Is(Mutant.IdentityIncludesEpoch) && progress.Epoch != entry.Epoch)
            || (Mutants.Is(Mutant.IdentityIncludesStream) && streamId > progress.Stream)
            || (Mutants.Is(Mutant.GapAccepted) && firstSequence > progress.Last + 1);
        if (believed && firstSequence > 0)
        {
            progress.Last = firstSequence - 1;
        }

        progress.Epoch = entry.Epoch;
        return progress.Last;
    }

    private static PublishVerdict Refuse(Refusal refusal) => new(PublishOutcome.Refuse, 0, 0, default, refusal);

    private Refusal? FirstMeeting(TopicId topic)
    {
        if (state.Topics.Find(topic) is null)
        {
            return Refusals.NotFound("topic", topic.ToString());
        }

        return state.Producers.TopicCount >= policy.MaxProducerTopics
            ? Refusals.Full("pairs of producer and topic", policy.MaxProducerTopics, "TOO_MANY_PRODUCERS")
            : null;
    }

    private Refusal BadProducer(string id, ulong epoch, ProducerEntry? entry)
    {
        if (entry is not null && epoch < entry.Epoch)
        {
            return ProducerRefusals.Fenced(id, $"epoch {epoch} was replaced by {entry.Epoch}");
        }

        return entry is null && state.Producers.IsExpired(id)
            ? ProducerRefusals.Expired(id)
            : ProducerRefusals.Unknown(id, epoch);
    }

    private static Refusal? BadStream(ProducerEntry entry, TopicProgress progress, ulong streamId)
    {
        if (streamId == 0)
        {
            return null;
        }

        if (streamId < progress.Stream)
        {
            return ProducerRefusals.Fenced(entry.Id, "a newer stream of it writes to the topic");
        }

        progress.Stream = streamId;
        return streamId == progress.RefusedStream
            ? ProducerRefusals.Fenced(entry.Id, "an earlier batch of this stream was refused; open another stream")
            : null;
    }

    private Refusal? BadSequences(ProducerEntry entry, TopicId topic, ulong last, ulong first, int count)
    {
        if (count < 1)
        {
            return Refusal.BadField("events", "The batch has no events; send at least one.", "EMPTY_BATCH");
        }

        if (first == 0 || first > ulong.MaxValue - (uint)count)
        {
            return Refusal.BadField("first_sequence", "first_sequence must be at least 1; sequences start at 1.");
        }

        return first > last + 1
            ? ProducerRefusals.Gap(entry.Id, state.Topics.Find(topic)?.Name ?? topic.ToString(), last + 1, first)
            : null;
    }
}
