using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Producers;

/// <summary>What becomes of a batch. Deduplication comes before routing.</summary>
internal enum PublishOutcome
{
    /// <summary>Store it, without the first <see cref="PublishVerdict.Skip"/> events, which are repeats.</summary>
    Store,

    /// <summary>All of it is stored already: acknowledge, once the first copy is durable.</summary>
    Repeat,

    /// <summary>Refuse it and end the stream.</summary>
    Refuse,
}

/// <param name="LastSequence">What an ack acknowledges, cumulative for the producer and topic.</param>
/// <param name="Range">What to store, with the producer's number; meaningful only for Store.</param>
internal readonly record struct PublishVerdict(
    PublishOutcome Outcome,
    int Skip,
    ulong LastSequence,
    ProducerRange Range,
    Refusal? Refusal);
