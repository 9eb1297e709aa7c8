using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Benchmarks.Ceiling;

/// <summary>Stands where the journal would be and keeps nothing: what dispatch asks of it is only how far frames
/// go.</summary>
internal sealed class NoJournal : IJournal
{
    private ulong _end;

    public JournalGeometry Geometry => JournalGeometry.Default;

    public ulong DurableEnd => Volatile.Read(ref _end);

    public ulong FirstPosition => 0;

    public ulong NextPosition => DurableEnd;

    public void Advance(ulong end) => Volatile.Write(ref _end, end);

    public FramePlace NextPlace() => new(DurableEnd, 0, 1, DurableEnd);

    public bool CanStore(int bytes) => true;

    public void Write(SealedFrame frame, Action<SealedFrame> durable) => durable(frame);

    public SealedFrame? Read(ulong position) =>
        throw new InvalidOperationException("The ceiling's ring was too small for this lag.");

    public void Trim(ulong below)
    {
    }

    public void Mark()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
