using System.Text;
using Millrace.Checking.Histories;

namespace Millrace.Checking.Logs;

/// <summary>Reads encoded events: a protobuf repeated field 15 of messages with a key (field 1) and a value (field
/// 2).</summary>
public static class EntryReader
{
    private const int EntryTag = (15 << 3) | 2;

    /// <exception cref="FormatException">These bytes are not a run of events.</exception>
    public static List<LogEvent> Read(ReadOnlySpan<byte> bytes)
    {
        var events = new List<LogEvent>();
        while (bytes.Length > 0)
        {
            int at = 0;
            if (Varint(bytes, ref at) != EntryTag)
            {
                throw new FormatException("An entry does not start with the tag of field 15.");
            }

            int length = checked((int)Varint(bytes, ref at));
            events.Add(Event(bytes.Slice(at, length), Xxh64.Of(bytes[..(at + length)])));
            bytes = bytes[(at + length)..];
        }

        return events;
    }

    private static LogEvent Event(ReadOnlySpan<byte> bytes, ulong hash)
    {
        string key = "";
        long number = -1;
        for (int at = 0; at < bytes.Length;)
        {
            ulong tag = Varint(bytes, ref at);
            switch (tag & 7)
            {
                case 0:
                    Varint(bytes, ref at);
                    break;
                case 2:
                    int length = checked((int)Varint(bytes, ref at));
                    ReadOnlySpan<byte> field = bytes.Slice(at, length);
                    at += length;
                    if (tag >> 3 == 1)
                    {
                        key = Encoding.UTF8.GetString(field);
                    }
                    else if (tag >> 3 == 2)
                    {
                        number = Payload.Read(field);
                    }

                    break;
                default:
                    throw new FormatException($"An event has a field of wire type {tag & 7}.");
            }
        }

        return new LogEvent(key, number, hash);
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("A number is longer than ten bytes.");
    }
}
