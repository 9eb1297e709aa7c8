using Millrace.Common.Files;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Rpc;

/// <summary>A journal of frames that hold nothing but a directory. Only the read members work.</summary>
internal sealed class FakeJournal : IJournal
{
    private readonly List<FrameFacts> _frames = [];

    public JournalGeometry Geometry => JournalGeometry.Default;

    public ulong DurableEnd { get; set; }

    public ulong FirstPosition => _frames.Count == 0 ? 0 : _frames[0].Position;

    public ulong NextPosition => DurableEnd;

    public int Reads { get; private set; }

    /// <summary>Adds a durable frame of 4,096 bytes with these blocks.</summary>
    public FrameFacts Add(params PartitionBlock[] blocks)
    {
        var frame = new FrameFacts(DurableEnd, DurableEnd + 4096, 1, 0, [], [], blocks);
        _frames.Add(frame);
        DurableEnd = frame.End;
        return frame;
    }

    public static PartitionBlock Block(uint partition, ulong firstOffset, uint count, ulong sumAfter) =>
        new(new PartitionId(partition), firstOffset, count, sumAfter, 0, 0);

    public SealedFrame? Read(ulong position)
    {
        Reads++;
        FrameFacts? found = _frames.Find(frame => frame.Position >= position);
        return found is null ? null : new SealedFrame(AlignedBuffer.Rent(4096), found);
    }

    public FramePlace NextPlace() => throw new NotSupportedException();

    public bool CanStore(int bytes) => throw new NotSupportedException();

    public void Write(SealedFrame frame, Action<SealedFrame> durable) => throw new NotSupportedException();

    public void Trim(ulong below) => throw new NotSupportedException();

    public void Mark() => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
