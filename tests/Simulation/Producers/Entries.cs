using System.Numerics;
using System.Text;

namespace Millrace.Simulation.Producers;

/// <summary>Encodes events as any protobuf library would, without the product's code.</summary>
internal static class Entries
{
    private const byte EntryTag = 0x7A;
    private const byte KeyTag = 0x0A;
    private const byte ValueTag = 0x12;
    private const byte TimeTag = 0x18;

    /// <summary>Tag, length and event: one element of the repeated field 15.</summary>
    /// <param name="timeMs">0: not said.</param>
    public static byte[] Encode(string key, byte[] value, long timeMs)
    {
        int keyBytes = Encoding.UTF8.GetByteCount(key);
        int length = 2 + VarintBytes((ulong)keyBytes) + keyBytes + VarintBytes((ulong)value.Length) + value.Length
            + (timeMs == 0 ? 0 : 1 + VarintBytes((ulong)timeMs));
        byte[] entry = new byte[1 + VarintBytes((ulong)length) + length];
        Span<byte> rest = Varint(entry, EntryTag, (ulong)length);
        rest = Varint(rest, KeyTag, (ulong)keyBytes);
        rest = rest[Encoding.UTF8.GetBytes(key, rest)..];
        rest = Varint(rest, ValueTag, (ulong)value.Length);
        value.CopyTo(rest);
        if (timeMs != 0)
        {
            Varint(rest[value.Length..], TimeTag, (ulong)timeMs);
        }

        return entry;
    }

    /// <summary>Where the tag and the number end.</summary>
    private static Span<byte> Varint(Span<byte> bytes, byte tag, ulong value)
    {
        bytes[0] = tag;
        int at = 1;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[at++] = (byte)(value | 0x80);
        }

        bytes[at++] = (byte)value;
        return bytes[at..];
    }

    private static int VarintBytes(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;
}
