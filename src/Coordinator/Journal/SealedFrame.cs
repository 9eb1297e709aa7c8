using System.Buffers;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// An encoded frame, ready to be written, or read back. Shared by the writer, the ring of recent frames and every
/// cursor;
/// the last one that releases it gives the buffer back to the pool.
/// </summary>
internal sealed class SealedFrame
{
    private readonly byte[] _buffer;
    private readonly bool _pooled;
    private int _references = 1;

    /// <param name="pooled">The buffer came from the shared array pool and goes back there.</param>
    public SealedFrame(byte[] buffer, FrameFacts facts, bool pooled = true)
    {
        _buffer = buffer;
        _pooled = pooled;
        Facts = facts;
        Length = checked((int)(facts.End - facts.Position));
    }

    public FrameFacts Facts { get; }

    public ulong Position => Facts.Position;

    public ulong End => Facts.End;

    /// <summary>Length in bytes, padding to the alignment included.</summary>
    public int Length { get; }

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, Length);

    public ReadOnlyMemory<byte> BlockBytes(in PartitionBlock block) =>
        _buffer.AsMemory(block.ByteOffset, block.ByteLength);

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0 && _pooled)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }
}
