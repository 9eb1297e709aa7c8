using System.Buffers.Binary;
using Millrace.Common.Files;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Journal;

/// <summary>The fixed part of a frame.</summary>
/// <param name="Length">The frame's bytes, padding included.</param>
/// <param name="RecordBytes">All control records with their lengths.</param>
internal readonly record struct FrameHeader(
    FramePlace Place,
    int Version,
    int Length,
    long UnixMs,
    int RangeCount,
    int RecordCount,
    int RecordBytes,
    int BlockCount)
{
    public ulong End => Place.Position + (ulong)Length;

    public FrameHead Head => new(Version, Place.Position, End, Place.Generation, Place.Incarnation, Place.DurableEnd);

    /// <summary>Where the blocks begin, counted from the frame's first byte.</summary>
    public int BlocksOffset =>
        FrameFormat.HeaderBytes + (RangeCount * FrameFormat.RangeBytes) + RecordBytes
        + (BlockCount * FrameFormat.DirectoryBytes);

    /// <summary>False when these bytes do not look like a frame of this geometry. Nothing is verified yet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, JournalGeometry geometry, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < FrameFormat.HeaderBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != FrameFormat.Magic)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        header = new FrameHeader(
            new FramePlace(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..])),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
            (int)Math.Min(length, int.MaxValue),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[60..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[64..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[56..]));
        return length > 0 && length <= geometry.MaxFrameBytes && length % geometry.Alignment == 0
            && header.Place.Position <= ulong.MaxValue - length;
    }

    /// <summary>The checksum over a whole frame is right.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> frame) =>
        BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]) == Crc32C.Compute(frame[FrameFormat.ChecksumFrom..]);

    /// <summary>Writes the header; everything else of the frame must be in place, for the checksum covers
    /// it.</summary>
    public void Write(Span<byte> frame)
    {
        frame[..FrameFormat.HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(frame, FrameFormat.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[8..], checked((ushort)Version));
        BinaryPrimitives.WriteInt32LittleEndian(frame[12..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[16..], Place.Position);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[24..], Place.Generation);
        BinaryPrimitives.WriteInt32LittleEndian(frame[28..], RangeCount);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[32..], Place.Incarnation);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[40..], Place.DurableEnd);
        BinaryPrimitives.WriteInt64LittleEndian(frame[48..], UnixMs);
        BinaryPrimitives.WriteInt32LittleEndian(frame[56..], BlockCount);
        BinaryPrimitives.WriteInt32LittleEndian(frame[60..], RecordCount);
        BinaryPrimitives.WriteInt32LittleEndian(frame[64..], RecordBytes);
        uint checksum = Crc32C.Compute(frame[FrameFormat.ChecksumFrom..Length]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], checksum);
    }
}
