using System.Buffers;
using Millrace.Common.Keys;

namespace Millrace.Worker.Core.State;

/// <summary>
/// Encoded state, in chunks of a size that suits streams. One owner, who disposes it; the chunks then go back to the
/// pool. Where the content is cut into chunks means nothing.
/// </summary>
internal sealed class SnapshotBytes : IDisposable
{
    /// <summary>Size of the chunks, in bytes; the last may hold less.</summary>
    public const int ChunkBytes = 256 * 1024;

    private readonly List<(byte[] Buffer, int Length)> _chunks = [];

    /// <summary>In bytes.</summary>
    public long Length { get; private set; }

    public int ChunkCount => _chunks.Count;

    public ReadOnlyMemory<byte> Chunk(int index) => _chunks[index].Buffer.AsMemory(0, _chunks[index].Length);

    /// <summary>XXH64 (seed 0) of the content's first <paramref name="length"/> bytes.</summary>
    public ulong Hash(long length)
    {
        var sum = new XxHash64Sum();
        for (int i = 0; i < _chunks.Count && sum.Length < length; i++)
        {
            ReadOnlySpan<byte> chunk = Chunk(i).Span;
            sum.Append(chunk[..(int)Math.Min(chunk.Length, length - sum.Length)]);
        }

        return sum.Value;
    }

    /// <summary>XXH64 (seed 0) of the content.</summary>
    public ulong Hash() => Hash(Length);

    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            Span<byte> room = Room();
            int taken = Math.Min(room.Length, data.Length);
            data[..taken].CopyTo(room);
            Advance(taken);
            data = data[taken..];
        }
    }

    /// <summary>Where the next bytes may be written, at least one; <see cref="Advance"/> says how many were.</summary>
    public Span<byte> Room()
    {
        if (_chunks.Count == 0 || _chunks[^1].Length == ChunkBytes)
        {
            _chunks.Add((ArrayPool<byte>.Shared.Rent(ChunkBytes), 0));
        }

        (byte[] buffer, int length) = _chunks[^1];
        return buffer.AsSpan(length, ChunkBytes - length);
    }

    public void Advance(int count)
    {
        (byte[] buffer, int length) = _chunks[^1];
        _chunks[^1] = (buffer, length + count);
        Length += count;
    }

    public void Dispose()
    {
        foreach ((byte[] buffer, _) in _chunks)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _chunks.Clear();
        Length = 0;
    }
}
