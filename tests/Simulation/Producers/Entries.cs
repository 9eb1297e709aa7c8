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
        using var bytes = new MemoryStream(value.Length + key.Length + 16);
        bytes.WriteByte(KeyTag);
        Varint(bytes, (ulong)Encoding.UTF8.GetByteCount(key));
        bytes.Write(Encoding.UTF8.GetBytes(key));
        bytes.WriteByte(ValueTag);
        Varint(bytes, (ulong)value.Length);
        bytes.Write(value);
        if (timeMs != 0)
        {
            bytes.WriteByte(TimeTag);
            Varint(bytes, (ulong)timeMs);
        }

        using var entry = new MemoryStream((int)bytes.Length + 4);
        entry.WriteByte(EntryTag);
        Varint(entry, (ulong)bytes.Length);
        bytes.WriteTo(entry);
        return entry.ToArray();
    }

    private static void Varint(MemoryStream bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.WriteByte((byte)(value | 0x80));
        }

        bytes.WriteByte((byte)value);
    }
}
