using Google.Protobuf.Collections;
using Millrace.Protocol.Type.V1;

namespace Millrace.Client;

/// <summary>An event as it is stored.</summary>
/// <param name="PartitionIndex">The partition's index in the topic.</param>
/// <param name="Offset">Its place in the partition.</param>
/// <param name="Position">The journal position at the end of the frame that holds it.</param>
/// <param name="Event">What the producer sent.</param>
public readonly record struct StoredEvent(int PartitionIndex, ulong Offset, ulong Position, Event Event)
{
    public ReadOnlyMemory<byte> Key => Event.Key.Memory;

    public ReadOnlyMemory<byte> Value => Event.Value.Memory;

    /// <summary>When it happened, in milliseconds since 1970-01-01 UTC; 0: not said.</summary>
    public long TimeMs => Event.EventTimeMs;

    public RepeatedField<Header> Headers => Event.Headers;
}
