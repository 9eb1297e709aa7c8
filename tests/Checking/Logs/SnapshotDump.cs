using System.Buffers.Binary;
using System.Text;
using Millrace.Checking.Histories;

namespace Millrace.Checking.Logs;

/// <summary>
/// Reads a snapshot of counts, knowing only the written format: magic (u64), version (u32), operator (text), first and
/// end key group and their number (u32 each), position, next offset and hash sum (u64 each), output marks (count; text
/// and u64 each), then per key: count (varint) and key (length and bytes), up to the directory whose place the footer
/// names. Of version 2 the header ends with the name (text) of the snapshot on top of which it is: counts that it does
/// not hold are as they were there.
/// </summary>
public static class SnapshotDump
{
    private const int FooterBytes = 8 + 4 + 8;

    /// <param name="earlier">By name.</param>
    public static SnapshotSeen Read(byte[] content, IReadOnlyDictionary<string, SnapshotSeen> earlier)
    {
        bool isWhole = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(sizeof(ulong))) == 1;
        int at = 12;
        Bytes(content, ref at);
        at += 3 * sizeof(uint);
        at += sizeof(ulong);
        ulong nextOffset = BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(at));
        at += 2 * sizeof(ulong);
        for (ulong marks = Varint(content, ref at); marks > 0; marks--)
        {
            Bytes(content, ref at);
            at += sizeof(ulong);
        }

        int end = (int)BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(content.Length - FooterBytes));
        string since = isWhole ? "" : Encoding.UTF8.GetString(Bytes(content, ref at));
        var counts = new Dictionary<string, ulong>(isWhole ? [] : earlier[since].Counts, StringComparer.Ordinal);
        while (at < end)
        {
            ulong count = Varint(content, ref at);
            string key = Encoding.UTF8.GetString(Bytes(content, ref at));
            counts[key] = isWhole ? counts.GetValueOrDefault(key) + count : count;
        }

        return new SnapshotSeen(nextOffset, counts);
    }

    private static ReadOnlySpan<byte> Bytes(byte[] content, ref int at)
    {
        int length = (int)Varint(content, ref at);
        at += length;
        return content.AsSpan(at - length, length);
    }

    private static ulong Varint(byte[] content, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = content[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
