using System.Runtime.CompilerServices;
using Millrace.Common.Keys;

namespace Millrace.Worker.Core.Flow;

/// <summary>
/// Finds the parts of encoded events without decoding them into objects. Follows protobuf: fields in any order, the
/// last one of a kind counts, unknown ones are passed over. The coordinator has checked the events, so whatever does
/// not parse here was damaged on the way.
/// </summary>
internal ref struct EventScanner(ReadOnlySpan<byte> bytes)
{
    private const byte EntryTag = (15 << 3) | 2;
    private const ulong KeyTag = (1 << 3) | 2;
    private const ulong ValueTag = (2 << 3) | 2;
    private const ulong TimeTag = 3 << 3;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Sum mod 2^64 of XXH64 (seed 0) over the entries of the last call of <see cref="Read"/>.</summary>
    public ulong HashSum { get; private set; }

    public readonly bool AtEnd => _at == _bytes.Length;

    /// <summary>Fills <paramref name="events"/> from the next entries; says how many there were, or -1: they do not
    /// parse.</summary>
    public int Read(Span<EventFields> events)
    {
        HashSum = 0;
        int count = 0;
        while (count < events.Length && _at < _bytes.Length)
        {
            if (!ReadEntry(ref events[count]))
            {
                return -1;
            }

            count++;
        }

        return count;
    }

    private bool ReadEntry(ref EventFields fields)
    {
        int start = _at;
        int at = start + 1;
        if (_bytes[start] != EntryTag || !ReadLength(ref at, _bytes.Length, out int length))
        {
            return false;
        }

        fields = default;
        fields.EntryStart = start;
        fields.EntryLength = at + length - start;
        if (!ReadEvent(at, at + length, ref fields))
        {
            return false;
        }

        fields.KeyHash = XxHash64.Hash(_bytes.Slice(fields.KeyStart, fields.KeyLength));
        HashSum += XxHash64.Hash(_bytes.Slice(start, fields.EntryLength));
        _at = at + length;
        return true;
    }

    private readonly bool ReadEvent(int at, int end, ref EventFields fields)
    {
        while (at < end)
        {
            if (!ReadVarint(ref at, end, out ulong tag))
            {
                return false;
            }

            bool read;
            switch (tag)
            {
                case KeyTag:
                    read = ReadLength(ref at, end, out fields.KeyLength);
                    fields.KeyStart = at;
                    at += fields.KeyLength;
                    break;
                case ValueTag:
                    read = ReadLength(ref at, end, out fields.ValueLength);
                    fields.ValueStart = at;
                    at += fields.ValueLength;
                    break;
                case TimeTag:
                    read = ReadVarint(ref at, end, out ulong time);
                    fields.TimeMs = (long)time;
                    break;
                default:
                    read = SkipField(tag, ref at, end);
                    break;
            }

            if (!read)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Passes over the value of a field that is not looked into.</summary>
    private readonly bool SkipField(ulong tag, ref int at, int end)
    {
        switch (tag & 7)
        {
            case 0:
                return ReadVarint(ref at, end, out _);
            case 1:
                at += sizeof(ulong);
                return at <= end;
            case 2:
                bool known = ReadLength(ref at, end, out int length);
                at += length;
                return known;
            case 5:
                at += sizeof(uint);
                return at <= end;
            default:
                return false;
        }
    }

    /// <summary>A length that stays below <paramref name="end"/>; 0 when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool ReadLength(ref int at, int end, out int length)
    {
        bool read = ReadVarint(ref at, end, out ulong value) && value <= (ulong)(end - at);
        length = read ? (int)value : 0;
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool ReadVarint(ref int at, int end, out ulong value)
    {
        if (at < end && _bytes[at] < 0x80)
        {
            value = _bytes[at++];
            return true;
        }

        return ReadLongVarint(ref at, end, out value);
    }

    private readonly bool ReadLongVarint(ref int at, int end, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70 && at < end; shift += 7)
        {
            byte next = _bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
