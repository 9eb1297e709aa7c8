using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Loop;

/// <summary>A journal whose one outstanding frame becomes durable when the test says so.</summary>
internal sealed class HeldJournal : IJournal
{
    public JournalGeometry Geometry => JournalGeometry.Default;

    public ulong DurableEnd { get; private set; }

    public ulong FirstPosition => 0;

    public ulong NextPosition { get; private set; }

    public bool HasSpace { get; set; } = true;

    public SealedFrame? Outstanding { get; private set; }

    public FramePlace NextPlace() => new(NextPosition, 1, 1, DurableEnd);

    public bool CanStore(int bytes) => HasSpace;

    public void Write(SealedFrame frame, Action<SealedFrame> durable)
    {
        Outstanding = frame;
        NextPosition = frame.End;
    }

    /// <summary>The outstanding frame is synced.</summary>
    public void Sync()
    {
        DurableEnd = Outstanding!.End;
        Outstanding = null;
    }

    public SealedFrame? Read(ulong position) => null;

    public void Trim(ulong below)
    {
    }

    public void Mark()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
