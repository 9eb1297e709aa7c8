using System.Numerics;
using System.Text;

namespace Millrace.Common.Wire;

/// <summary>Writes protobuf fields into a span that is known to be large enough. Proto3: defaults are left
/// out.</summary>
public ref struct WireWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;
    private int _position;

    public readonly int Position => _position;

    public static uint Tag(int field, int wireType) => ((uint)field << 3) | (uint)wireType;

    public static int VarintLength(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    /// <summary>Bytes of tag and value; none for zero.</summary>
    public static int FieldLength(int field, ulong value) =>
        value == 0 ? 0 : VarintLength(Tag(field, WireReader.Varint)) + VarintLength(value);

    /// <summary>Bytes of tag, length and text; none for the empty one.</summary>
    public static int FieldLength(int field, string value) =>
        value.Length == 0 ? 0 : BytesFieldLength(field, Encoding.UTF8.GetByteCount(value));

    /// <summary>Bytes of tag, length and content.</summary>
    public static int BytesFieldLength(int field, int length) =>
        VarintLength(Tag(field, WireReader.Bytes)) + VarintLength((ulong)length) + length;

    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes[_position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_position++] = (byte)value;
    }

    public void WriteField(int field, ulong value)
    {
        if (value != 0)
        {
            WriteVarint(Tag(field, WireReader.Varint));
            WriteVarint(value);
        }
    }

    public void WriteField(int field, string value)
    {
        if (value.Length != 0)
        {
            WriteLength(field, Encoding.UTF8.GetByteCount(value));
            _position += Encoding.UTF8.GetBytes(value, _bytes[_position..]);
        }
    }

    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        WriteLength(field, value.Length);
        value.CopyTo(_bytes[_position..]);
        _position += value.Length;
    }

    /// <summary>Tag and length of a field whose content follows.</summary>
    public void WriteLength(int field, int length)
    {
        WriteVarint(Tag(field, WireReader.Bytes));
        WriteVarint((ulong)length);
    }
}
