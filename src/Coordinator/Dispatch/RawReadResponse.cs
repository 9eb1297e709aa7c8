using System.Buffers;
using Grpc.Core;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Dispatch;

/// <summary>A run of stored events whose bytes are sent as they are; on the wire a ReadResponse. Filled anew for each
/// message of a stream.</summary>
internal sealed class RawReadResponse
{
    private const int OffsetField = 1;
    private const int PositionField = 2;
    private const int PartitionField = 3;
    private const int SealField = 4;
    private const int ChildField = 5;

    /// <summary>Writes responses; nobody reads them raw.</summary>
    public static Marshaller<RawReadResponse> Marshaller { get; } = Marshallers.Create<RawReadResponse>(
        Serialize, static _ => throw new NotSupportedException("The coordinator sends stored events and reads none."));

    public ulong FirstOffset { get; set; }

    public ulong Position { get; set; }

    public uint PartitionIndex { get; set; }

    /// <summary>Null: there may be more.</summary>
    public PartitionEnd? End { get; set; }

    public ReadOnlyMemory<byte> Entries { get; set; }

    private static void Serialize(RawReadResponse response, SerializationContext context)
    {
        int header = WireWriter.FieldLength(OffsetField, response.FirstOffset)
            + WireWriter.FieldLength(PositionField, response.Position)
            + WireWriter.FieldLength(PartitionField, response.PartitionIndex)
            + EndLength(response.End);
        context.SetPayloadLength(header + response.Entries.Length);
        IBufferWriter<byte> output = context.GetBufferWriter();
        if (header > 0)
        {
            var writer = new WireWriter(output.GetSpan(header));
            writer.WriteField(OffsetField, response.FirstOffset);
            writer.WriteField(PositionField, response.Position);
            writer.WriteField(PartitionField, response.PartitionIndex);
            writer.WriteField(SealField, response.End?.SealedAt ?? 0);
            foreach (int child in response.End?.Children ?? [])
            {
                writer.WriteField(ChildField, (uint)child);
            }

            output.Advance(header);
        }

        output.Write(response.Entries.Span);
        context.Complete();
    }

    /// <summary>A child's index is never 0, so none of them is left out.</summary>
    private static int EndLength(PartitionEnd? end) => end is null
        ? 0
        : WireWriter.FieldLength(SealField, end.SealedAt)
            + end.Children.Sum(child => WireWriter.FieldLength(ChildField, (uint)child));
}
