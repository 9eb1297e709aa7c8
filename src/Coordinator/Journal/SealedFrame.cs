using Millrace.Common.Files;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// An encoded frame, ready to be written, or read back. Shared by the writer, the ring of recent frames and every
/// cursor; the last one that releases it gives its buffer back.
/// </summary>
internal sealed class SealedFrame
{
    private readonly AlignedBuffer _buffer;
    private int _references = 1;

    /// <param name="buffer">Is this frame's from now on.</param>
    public SealedFrame(AlignedBuffer buffer, FrameFacts facts)
    {
        _buffer = buffer;
        Facts = facts;
        Length = checked((int)(facts.End - facts.Position));
    }

    public FrameFacts Facts { get; }

    public ulong Position => Facts.Position;

    public ulong End => Facts.End;

    /// <summary>Length in bytes, padding to the alignment included.</summary>
    public int Length { get; }

    public ReadOnlyMemory<byte> Bytes => _buffer.Slice(0, Length);

    public ReadOnlyMemory<byte> BlockBytes(in PartitionBlock block) =>
        _buffer.Slice(block.ByteOffset, block.ByteLength);

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _buffer.Return();
        }
    }
}
