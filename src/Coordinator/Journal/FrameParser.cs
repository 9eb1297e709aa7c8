using System.Buffers.Binary;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Journal;

/// <summary>Decodes what control state and dispatch need to know of a frame. The checksum was verified
/// before.</summary>
internal static class FrameParser
{
    /// <exception cref="JournalDamagedException">The frame contradicts itself, or holds a record of a kind that this
    /// program does not know.</exception>
    /// <param name="withRecords">False: leave the control records out; whoever only wants events would pay more for
    /// their JSON than for everything else.</param>
    public static FrameFacts Parse(ReadOnlySpan<byte> frame, in FrameHeader header, bool withRecords = true)
    {
        if (header.RangeCount < 0 || header.RecordCount < 0 || header.RecordBytes < 0 || header.BlockCount < 0
            || frame.Length < header.Length
            || (long)header.RangeCount * FrameFormat.RangeBytes + header.RecordBytes
                + (long)header.BlockCount * FrameFormat.DirectoryBytes > header.Length - FrameFormat.HeaderBytes)
        {
            throw Bad(header, "its counts do not fit its length");
        }

        int at = FrameFormat.HeaderBytes;
        ProducerRange[] ranges = Ranges(frame[at..], header.RangeCount);
        at += header.RangeCount * FrameFormat.RangeBytes;
        ControlRecord[] records = withRecords ? Records(frame.Slice(at, header.RecordBytes), header) : [];
        at += header.RecordBytes;
        PartitionBlock[] blocks = Blocks(frame[at..], header);
        return new FrameFacts(
            header.Place.Position, header.End, header.Place.Incarnation, header.UnixMs, records, ranges, blocks);
    }

    private static ProducerRange[] Ranges(ReadOnlySpan<byte> bytes, int count)
    {
        ProducerRange[] ranges = count == 0 ? [] : new ProducerRange[count];
        for (int i = 0; i < ranges.Length; i++)
        {
            ReadOnlySpan<byte> range = bytes.Slice(i * FrameFormat.RangeBytes, FrameFormat.RangeBytes);
            ranges[i] = new ProducerRange(
                BinaryPrimitives.ReadUInt64LittleEndian(range),
                new TopicId(BinaryPrimitives.ReadUInt32LittleEndian(range[16..])),
                BinaryPrimitives.ReadUInt64LittleEndian(range[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(range[20..]));
        }

        return ranges;
    }

    private static ControlRecord[] Records(ReadOnlySpan<byte> bytes, in FrameHeader header)
    {
        ControlRecord[] records = header.RecordCount == 0 ? [] : new ControlRecord[header.RecordCount];
        int at = 0;
        for (int i = 0; i < records.Length; i++)
        {
            int left = bytes.Length - at - FrameFormat.RecordLengthBytes;
            int length = left < 0 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
            if (length < 0 || length > left)
            {
                throw Bad(header, $"control record {i} does not fit");
            }

            at += FrameFormat.RecordLengthBytes;
            try
            {
                records[i] = ControlRecordCodec.Decode(bytes.Slice(at, length));
            }
            catch (FormatException reason)
            {
                throw Bad(header, $"control record {i}: {reason.Message}");
            }

            at += length;
        }

        return records;
    }

    private static PartitionBlock[] Blocks(ReadOnlySpan<byte> bytes, in FrameHeader header)
    {
        PartitionBlock[] blocks = header.BlockCount == 0 ? [] : new PartitionBlock[header.BlockCount];
        int expected = header.BlocksOffset;
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(i * FrameFormat.DirectoryBytes, FrameFormat.DirectoryBytes);
            PartitionBlock block = new(
                new PartitionId(BinaryPrimitives.ReadUInt32LittleEndian(entry[16..])),
                BinaryPrimitives.ReadUInt64LittleEndian(entry),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[24..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[28..]));
            if (block.ByteOffset != expected || block.ByteLength < 0 || block.ByteLength > header.Length - expected)
            {
                throw Bad(header, $"the block of {block.Partition} is not where it must be");
            }

            expected += block.ByteLength;
            blocks[i] = block;
        }

        return blocks;
    }

    private static JournalDamagedException Bad(in FrameHeader header, string why) =>
        new($"The frame at position {header.Place.Position} cannot be used: {why}.");
}
