using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>
/// A journal that forgets: every frame counts as durable at once, and only the last few can be read. For measuring
/// what everything but the disk can do, never for data.
/// </summary>
internal sealed class MemoryJournal(JournalGeometry geometry, ulong incarnation, int keptFrames = 64) : IJournal
{
    private readonly Lock _gate = new();
    private readonly Queue<SealedFrame> _frames = new();
    private ulong _durableEnd;
    private ulong _nextPosition;

    public JournalGeometry Geometry { get; } = geometry;

    public ulong DurableEnd => Volatile.Read(ref _durableEnd);

    public ulong FirstPosition
    {
        get
        {
            lock (_gate)
            {
                return _frames.TryPeek(out SealedFrame? oldest) ? oldest.Position : 0;
            }
        }
    }

    public ulong NextPosition => Volatile.Read(ref _nextPosition);

    public FramePlace NextPlace() => new(NextPosition, 1, incarnation, DurableEnd);

    public bool CanStore(int bytes) => bytes <= Geometry.MaxFrameBytes;

    public void Write(SealedFrame frame, Action<SealedFrame> durable)
    {
        frame.AddReference();
        lock (_gate)
        {
            _frames.Enqueue(frame);
            if (_frames.Count > keptFrames)
            {
                _frames.Dequeue().Release();
            }
        }

        Volatile.Write(ref _nextPosition, Geometry.PlaceAfter(frame.End));
        Volatile.Write(ref _durableEnd, frame.End);
        ThreadPool.UnsafeQueueUserWorkItem(_ => durable(frame), null);
    }

    public SealedFrame? Read(ulong position)
    {
        lock (_gate)
        {
            SealedFrame? found = _frames.FirstOrDefault(frame => frame.Position >= position);
            found?.AddReference();
            return found;
        }
    }

    public void Trim(ulong below)
    {
    }

    public void Mark()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
