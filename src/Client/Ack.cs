namespace Millrace.Client;

/// <summary>The coordinator's word that an event, or all events of a batch, are durable.</summary>
/// <param name="Sequence">The number of the (last) event within the producer and topic.</param>
/// <param name="Position">A journal position at which it can be seen; a query may ask to be true as of it.</param>
public readonly record struct Ack(ulong Sequence, ulong Position);
