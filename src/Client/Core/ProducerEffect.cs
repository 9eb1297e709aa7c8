using Millrace.Common.Model;

namespace Millrace.Client.Core;

/// <summary>What the producer's shell is to do, in the order given.</summary>
internal abstract record ProducerEffect;

/// <summary>
/// End every stream of earlier attempts; when none of them touches a batch any more, ask the coordinator to open the
/// producer and report the outcome under this attempt's number.
/// </summary>
/// <param name="ProducerId">Empty: the coordinator chooses one.</param>
internal sealed record OpenProducer(int Attempt, string ProducerId) : ProducerEffect;

/// <summary>The producer is open: events may be added.</summary>
internal sealed record ProducerReady(string ProducerId, ulong Epoch) : ProducerEffect;

/// <summary>Send the batch on the attempt's stream of the topic; the first one starts the stream.</summary>
internal sealed record SendBatch(int Attempt, ProducerLane Lane, OutBatch Batch) : ProducerEffect;

/// <summary>Every event of the topic up to the sequence is durable.</summary>
/// <param name="Position">A journal position at which all of them can be seen.</param>
internal sealed record EventsDurable(ProducerLane Lane, ulong LastSequence, ulong Position) : ProducerEffect;

/// <summary>What was added to the topic and is not durable was refused, and will never be.</summary>
internal sealed record TopicFailed(ProducerLane Lane, Refusal Why) : ProducerEffect;

/// <summary>The connection was lost; the producer opens again by itself.</summary>
internal sealed record ProducerWaits(Refusal Why, TimeSpan RetryIn) : ProducerEffect;

/// <summary>The producer is at its end. Of what is not durable nobody knows whether it ever will be.</summary>
internal sealed record ProducerFailed(Refusal Why) : ProducerEffect;
