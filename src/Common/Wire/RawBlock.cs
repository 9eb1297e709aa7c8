using System.Buffers;

namespace Millrace.Common.Wire;

/// <summary>The events of one frame, or of a part of it, for one task: a Block of the worker protocol, not
/// decoded.</summary>
/// <param name="Position">When this block is applied, everything in frames that end at or below it is.</param>
/// <param name="FirstOffset">Offset of the first event.</param>
/// <param name="EventCount">How many entries there are; 0: nothing for the task up to the position.</param>
/// <param name="Continued">The task's next block holds more of the same frame; the position is then the one before
/// it.</param>
/// <param name="Subscription">The worker's number for what it is sent for.</param>
/// <param name="Entries">Entries one after another; valid only as long as what they came in.</param>
public readonly record struct RawBlock(
    ulong TaskId,
    ulong Epoch,
    ulong Position,
    ulong FirstOffset,
    uint EventCount,
    bool Continued,
    ulong Subscription,
    ReadOnlyMemory<byte> Entries)
{
    private const int TaskField = 1;
    private const int EpochField = 2;
    private const int PositionField = 3;
    private const int OffsetField = 4;
    private const int CountField = 5;
    private const int ContinuedField = 6;
    private const int SubscriptionField = 7;
    private const int EntryField = 15;

    /// <summary>Length in bytes of everything before the entries.</summary>
    internal int HeaderLength() =>
        WireWriter.FieldLength(TaskField, TaskId)
        + WireWriter.FieldLength(EpochField, Epoch)
        + WireWriter.FieldLength(PositionField, Position)
        + WireWriter.FieldLength(OffsetField, FirstOffset)
        + WireWriter.FieldLength(CountField, EventCount)
        + WireWriter.FieldLength(ContinuedField, Continued ? 1ul : 0)
        + WireWriter.FieldLength(SubscriptionField, Subscription);

    internal void WriteTo(IBufferWriter<byte> output, int blockField)
    {
        int header = HeaderLength();
        int length = header + Entries.Length;
        int prefix = WireWriter.BytesFieldLength(blockField, length) - length;
        var writer = new WireWriter(output.GetSpan(prefix + header));
        writer.WriteLength(blockField, length);
        writer.WriteField(TaskField, TaskId);
        writer.WriteField(EpochField, Epoch);
        writer.WriteField(PositionField, Position);
        writer.WriteField(OffsetField, FirstOffset);
        writer.WriteField(CountField, EventCount);
        writer.WriteField(ContinuedField, Continued ? 1ul : 0);
        writer.WriteField(SubscriptionField, Subscription);
        output.Advance(writer.Position);
        output.Write(Entries.Span);
    }

    /// <summary>False: malformed, or the entries do not lie one after another.</summary>
    internal static bool TryRead(ReadOnlyMemory<byte> bytes, out RawBlock block)
    {
        block = default;
        var reader = new WireReader(bytes.Span);
        Span<ulong> values = stackalloc ulong[SubscriptionField + 1];
        int start = 0;
        int end = 0;
        while (!reader.AtEnd)
        {
            int at = reader.Position;
            if (!reader.TryReadTag(out uint tag))
            {
                return false;
            }

            if (tag == WireWriter.Tag(EntryField, WireReader.Bytes))
            {
                start = end == 0 ? at : start;
                if ((end != 0 && at != end) || !reader.TrySkip(tag))
                {
                    return false;
                }

                end = reader.Position;
            }
            else if ((tag & 7) == WireReader.Varint && tag >> 3 <= SubscriptionField)
            {
                if (!reader.TryReadVarint(out values[(int)(tag >> 3)]))
                {
                    return false;
                }
            }
            else if (!reader.TrySkip(tag))
            {
                return false;
            }
        }

        block = new RawBlock(
            values[TaskField],
            values[EpochField],
            values[PositionField],
            values[OffsetField],
            (uint)values[CountField],
            values[ContinuedField] != 0,
            values[SubscriptionField],
            bytes[start..end]);
        return true;
    }
}
