using System.Buffers;
using Grpc.Core;

namespace Millrace.Common.Wire;

/// <summary>
/// A producer's batch whose events are encoded already; on the wire it is a PublishRequest or a PublishBatchRequest.
/// The entries' memory must stay unchanged until the write that sends it has completed.
/// </summary>
public sealed class RawPublishRequest
{
    private const int ProducerField = 1;
    private const int EpochField = 2;
    private const int TopicField = 3;
    private const int SequenceField = 4;

    /// <summary>Writes requests; only the sending side uses it.</summary>
    public static Marshaller<RawPublishRequest> Marshaller { get; } = Marshallers.Create<RawPublishRequest>(
        Serialize,
        static _ => throw new NotSupportedException("The receiving side reads batches into its own buffers."));

    public required string ProducerId { get; init; }

    public required ulong ProducerEpoch { get; init; }

    public required string Topic { get; init; }

    /// <summary>Sequence of the first event; the others follow without holes. Starts at 1.</summary>
    public required ulong FirstSequence { get; init; }

    /// <summary>Entries one after another, as <see cref="EntryBuffer"/> makes them.</summary>
    public required ReadOnlyMemory<byte> Entries { get; init; }

    private static void Serialize(RawPublishRequest request, SerializationContext context)
    {
        int header = WireWriter.FieldLength(ProducerField, request.ProducerId)
            + WireWriter.FieldLength(EpochField, request.ProducerEpoch)
            + WireWriter.FieldLength(TopicField, request.Topic)
            + WireWriter.FieldLength(SequenceField, request.FirstSequence);
        context.SetPayloadLength(header + request.Entries.Length);
        IBufferWriter<byte> output = context.GetBufferWriter();
        if (header > 0)
        {
            var writer = new WireWriter(output.GetSpan(header));
            writer.WriteField(ProducerField, request.ProducerId);
            writer.WriteField(EpochField, request.ProducerEpoch);
            writer.WriteField(TopicField, request.Topic);
            writer.WriteField(SequenceField, request.FirstSequence);
            output.Advance(header);
        }

        output.Write(request.Entries.Span);
        context.Complete();
    }
}
