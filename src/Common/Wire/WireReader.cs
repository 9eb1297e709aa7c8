using System.Runtime.CompilerServices;

namespace Millrace.Common.Wire;

/// <summary>
/// Walks over the fields of one protobuf message without building objects. Never throws and never reads outside its
/// bytes: every method says false at the first thing that is malformed. Groups are malformed here; proto3 has none.
/// </summary>
public ref struct WireReader
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int Bytes = 2;
    public const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    public WireReader(ReadOnlySpan<byte> bytes, int position = 0)
    {
        _bytes = bytes;
        _position = position;
    }

    public readonly int Position => _position;

    public readonly bool AtEnd => _position >= _bytes.Length;

    /// <summary>Field number times eight, plus wire type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadTag(out uint tag)
    {
        bool read = TryReadVarint(out ulong value);
        tag = (uint)value;
        return read && value is >= 8 and <= uint.MaxValue;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadVarint(out ulong value)
    {
        if ((uint)_position < (uint)_bytes.Length && _bytes[_position] < 0x80)
        {
            value = _bytes[_position++];
            return true;
        }

        return TryReadLongVarint(out value);
    }

    /// <summary>A length prefix; false when the message ends before the length does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadLength(out int length)
    {
        bool read = TryReadVarint(out ulong value) && value <= (ulong)(_bytes.Length - _position);
        length = read ? (int)value : 0;
        return read;
    }

    /// <summary>A length prefix and its bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        if (!TryReadLength(out int length))
        {
            value = default;
            return false;
        }

        value = _bytes.Slice(_position, length);
        _position += length;
        return true;
    }

    /// <summary>Passes over the value of a field whose tag has been read.</summary>
    public bool TrySkip(uint tag)
    {
        switch (tag & 7)
        {
            case Varint:
                return TryReadVarint(out _);
            case Bytes:
                return TryReadLength(out int length) && TryAdvance(length);
            case Fixed64:
                return TryAdvance(8);
            case Fixed32:
                return TryAdvance(4);
            default:
                return false;
        }
    }

    private bool TryAdvance(int count)
    {
        if (count > _bytes.Length - _position)
        {
            return false;
        }

        _position += count;
        return true;
    }

    private bool TryReadLongVarint(out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if ((uint)_position >= (uint)_bytes.Length)
            {
                return false;
            }

            byte part = _bytes[_position++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
