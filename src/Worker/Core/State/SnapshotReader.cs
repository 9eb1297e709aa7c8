using System.Buffers.Binary;
using System.Text;

namespace Millrace.Worker.Core.State;

/// <summary>Reads a snapshot's parts. Any reading beyond the end means damage.</summary>
internal sealed class SnapshotReader(SnapshotBytes content)
{
    private byte[] _joined = new byte[256];
    private int _chunk;
    private int _at;

    public long Position { get; private set; }

    public long Length => content.Length;

    /// <exception cref="SnapshotDamagedException">There is no such place.</exception>
    public void Seek(long position)
    {
        if (position < 0 || position > content.Length)
        {
            throw new SnapshotDamagedException($"it names byte {position} of {content.Length}");
        }

        Position = position;
        _chunk = 0;
        while (_chunk < content.ChunkCount && position >= content.Chunk(_chunk).Length)
        {
            position -= content.Chunk(_chunk++).Length;
        }

        _at = (int)position;
    }

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadRaw(sizeof(uint)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(ReadRaw(sizeof(ulong)));

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = ReadRaw(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new SnapshotDamagedException($"it holds an endless number at byte {Position}");
    }

    /// <summary>Length, then bytes. Valid until the next read.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        ulong length = ReadVarint();
        return ReadRaw(length <= int.MaxValue ? (int)length : int.MaxValue);
    }

    public string ReadText() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>The next bytes in one piece; copied only where two chunks meet. Valid until the next read.</summary>
    private ReadOnlySpan<byte> ReadRaw(int length)
    {
        if (length > content.Length - Position)
        {
            throw new SnapshotDamagedException($"it ends within what starts at byte {Position}");
        }

        Position += length;
        ReadOnlySpan<byte> rest = Rest();
        if (rest.Length >= length)
        {
            _at += length;
            return rest[..length];
        }

        if (_joined.Length < length)
        {
            _joined = new byte[Math.Max(length, _joined.Length * 2)];
        }

        for (int filled = 0; filled < length;)
        {
            rest = Rest();
            int taken = Math.Min(rest.Length, length - filled);
            rest[..taken].CopyTo(_joined.AsSpan(filled));
            filled += taken;
            _at += taken;
        }

        return _joined.AsSpan(0, length);
    }

    private ReadOnlySpan<byte> Rest()
    {
        while (_chunk < content.ChunkCount && _at == content.Chunk(_chunk).Length)
        {
            _chunk++;
            _at = 0;
        }

        return _chunk < content.ChunkCount ? content.Chunk(_chunk).Span[_at..] : default;
    }
}
