using System.Text.Unicode;

namespace Millrace.Common.Wire;

/// <summary>
/// Finds an entry's end, its key and its time in the bytes as the producer encoded them. An entry is one element of a
/// <c>repeated Event events = 15</c>: tag, length, event. What is accepted here every generated parser can read, so
/// nothing stored can break a reader: fields in any order and unknown ones are fine, a repeated one's last value
/// counts.
/// </summary>
public static class EntryScanner
{
    /// <summary>Field 15, wire type 2: the same byte in every message that carries events.</summary>
    public const byte EntryTag = 0x7A;

    private const uint KeyTag = (1 << 3) | WireReader.Bytes;
    private const uint TimeTag = (3 << 3) | WireReader.Varint;
    private const uint HeaderTag = (4 << 3) | WireReader.Bytes;
    private const uint HeaderNameTag = (1 << 3) | WireReader.Bytes;

    /// <summary>Reads the entry at the start of the bytes. False: malformed, or cut short.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EventFields fields)
    {
        fields = default;
        if (bytes.IsEmpty || bytes[0] != EntryTag)
        {
            return false;
        }

        var reader = new WireReader(bytes, 1);
        if (!reader.TryReadLength(out int length))
        {
            return false;
        }

        int start = reader.Position;
        int end = start + length;
        if (!TryReadEvent(bytes[..end], start, out int keyStart, out int keyLength, out long time))
        {
            return false;
        }

        fields = new EventFields(end, keyStart, keyLength, time, length);
        return true;
    }

    /// <summary>Length in bytes of the entry at the start of the bytes, without looking into the event; 0:
    /// malformed.</summary>
    public static int LengthAt(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != EntryTag)
        {
            return 0;
        }

        var reader = new WireReader(bytes, 1);
        return reader.TryReadLength(out int length) ? reader.Position + length : 0;
    }

    private static bool TryReadEvent(
        ReadOnlySpan<byte> bytes, int start, out int keyStart, out int keyLength, out long time)
    {
        keyStart = start;
        keyLength = 0;
        time = 0;
        var reader = new WireReader(bytes, start);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out uint tag))
            {
                return false;
            }

            if (tag == KeyTag)
            {
                if (!reader.TryReadBytes(out ReadOnlySpan<byte> key))
                {
                    return false;
                }

                keyStart = reader.Position - key.Length;
                keyLength = key.Length;
            }
            else if (tag == TimeTag)
            {
                if (!reader.TryReadVarint(out ulong value))
                {
                    return false;
                }

                time = (long)value;
            }
            else if (tag == HeaderTag)
            {
                if (!reader.TryReadBytes(out ReadOnlySpan<byte> header) || !IsHeader(header))
                {
                    return false;
                }
            }
            else if (!reader.TrySkip(tag))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A header is not used, but a malformed one would make the whole event unreadable for generated
    /// parsers.</summary>
    private static bool IsHeader(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out uint tag))
            {
                return false;
            }

            if (tag == HeaderNameTag)
            {
                if (!reader.TryReadBytes(out ReadOnlySpan<byte> name) || !Utf8.IsValid(name))
                {
                    return false;
                }
            }
            else if (!reader.TrySkip(tag))
            {
                return false;
            }
        }

        return true;
    }
}
