using System.Text;
using Millrace.Simulation.Messages;

namespace Millrace.Simulation.Coordinators;

/// <summary>Encodes batches as a producer in any language would.</summary>
internal static class Wire
{
    /// <summary>Its bytes are the first ones of the stream's buffer.</summary>
    public static MemoryStream Encode(PublishBatch batch)
    {
        var bytes = new MemoryStream(batch.Entries.Length + 64);
        Text(bytes, 0x0A, batch.ProducerId);
        Varint(bytes, 0x10, batch.ProducerEpoch);
        Text(bytes, 0x1A, batch.Topic);
        Varint(bytes, 0x20, batch.FirstSequence);
        bytes.Write(batch.Entries);
        return bytes;
    }

    private static void Text(MemoryStream bytes, byte tag, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        bytes.WriteByte(tag);
        bytes.WriteByte((byte)utf8.Length);
        bytes.Write(utf8);
    }

    private static void Varint(MemoryStream bytes, byte tag, ulong value)
    {
        bytes.WriteByte(tag);
        for (; value >= 0x80; value >>= 7)
        {
            bytes.WriteByte((byte)(value | 0x80));
        }

        bytes.WriteByte((byte)value);
    }
}
