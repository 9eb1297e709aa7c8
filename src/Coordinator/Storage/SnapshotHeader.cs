using System.Buffers.Binary;
using System.Numerics;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Storage;

/// <summary>
/// The first 64 bytes of a snapshot file, little-endian: magic, layout version, content's format version, next offset,
/// size, content hash, and CRC-32C of all that; zeros; then the content. In layout 2 the last 16 of them are position
/// and content hash of the base, which is of the same task and epoch; the CRC covers them too.
/// </summary>
internal static class SnapshotHeader
{
    public const int Length = 64;

    private const int CheckedLength = 40;
    private const int BaseOffset = 48;
    private const uint WholeLayout = 1;
    private const uint LinkLayout = 2;

    private static ReadOnlySpan<byte> Magic => "MLRSNAP1"u8;

    public static byte[] Encode(SnapshotHead head)
    {
        byte[] bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), head.Base is null ? WholeLayout : LinkLayout);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), head.FormatVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), head.NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), head.SizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), head.Name.ContentHash);
        if (head.Base is { } since)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(BaseOffset), since.Position);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(BaseOffset + sizeof(ulong)), since.ContentHash);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CheckedLength), Checksum(bytes));
        return bytes;
    }

    /// <summary>Null when these are not the first bytes of the named snapshot's file.</summary>
    /// <param name="fileLength">Length of the whole file.</param>
    public static SnapshotHead? Decode(ReadOnlySpan<byte> bytes, Common.Model.SnapshotName name, long fileLength)
    {
        if (bytes.Length != Length
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) is not (WholeLayout or LinkLayout)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[CheckedLength..]) != Checksum(bytes)
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]) != name.ContentHash)
        {
            return null;
        }

        var head = new SnapshotHead(
            name,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BaseOf(bytes, name));
        return head.SizeBytes == fileLength - Length ? head : null;
    }

    private static Common.Model.SnapshotName? BaseOf(ReadOnlySpan<byte> bytes, Common.Model.SnapshotName name) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == LinkLayout
            ? name with
            {
                Position = BinaryPrimitives.ReadUInt64LittleEndian(bytes[BaseOffset..]),
                ContentHash = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(BaseOffset + sizeof(ulong))..]),
            }
            : null;

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        for (int at = 0; at < CheckedLength; at += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == LinkLayout)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes[BaseOffset..]));
            crc = BitOperations.Crc32C(
                crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes[(BaseOffset + sizeof(ulong))..]));
        }

        return ~crc;
    }
}
