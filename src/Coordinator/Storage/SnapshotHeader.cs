using System.Buffers.Binary;
using System.Numerics;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Storage;

/// <summary>
/// The first 64 bytes of a snapshot file, little-endian: magic, layout version, content's format version, next offset,
/// size, content hash, and CRC-32C of all that; zeros; then the content.
/// </summary>
internal static class SnapshotHeader
{
    public const int Length = 64;

    private const int CheckedLength = 40;
    private const uint LayoutVersion = 1;

    private static ReadOnlySpan<byte> Magic => "MLRSNAP1"u8;

    public static byte[] Encode(SnapshotHead head)
    {
        byte[] bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), LayoutVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), head.FormatVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), head.NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), head.SizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), head.Name.ContentHash);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CheckedLength), Checksum(bytes));
        return bytes;
    }

    /// <summary>Null when these are not the first bytes of the named snapshot's file.</summary>
    /// <param name="fileLength">Length of the whole file.</param>
    public static SnapshotHead? Decode(ReadOnlySpan<byte> bytes, Common.Model.SnapshotName name, long fileLength)
    {
        if (bytes.Length != Length
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != LayoutVersion
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[CheckedLength..]) != Checksum(bytes)
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]) != name.ContentHash)
        {
            return null;
        }

        var head = new SnapshotHead(
            name,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
        return head.SizeBytes == fileLength - Length ? head : null;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        for (int at = 0; at < CheckedLength; at += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
        }

        return ~crc;
    }
}
