using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Simulation.Coordinators;

/// <summary>The real engine with simulated time in place of its threads: a writer that takes a while for each frame,
/// and a keeper that has segments ready in advance.</summary>
internal sealed class SimJournal(JournalEngine engine, CoordinatorNode node, ulong incarnation) : IJournal
{
    private readonly Queue<(SealedFrame Frame, Action<SealedFrame> Durable)> _outstanding = new();
    private SealedFrame? _writing;
    private bool _preparing;

    public JournalGeometry Geometry => engine.Geometry;

    public ulong DurableEnd => engine.DurableEnd;

    public ulong FirstPosition => engine.FirstPosition;

    public ulong NextPosition => engine.NextPosition;

    public FramePlace NextPlace() => engine.NextPlace(incarnation);

    public bool CanStore(int bytes) => engine.CanStore(bytes);

    public void Write(SealedFrame frame, Action<SealedFrame> durable)
    {
        node.World.History.Measure("bytes of a frame", frame.Length, Geometry.MaxFrameBytes);
        engine.Begin(frame);
        _outstanding.Enqueue((frame, durable));
        WriteNext();
        Keep();
    }

    public SealedFrame? Read(ulong position) => engine.Read(position);

    public void Trim(ulong below)
    {
        engine.Trim(below);
        Keep();
    }

    public void Mark()
    {
        if (engine.SealMark(incarnation, node.Clock.Now.UnixMs) is { } mark)
        {
            Write(mark, frame => frame.Release());
        }
    }

    public void Keep()
    {
        if (!_preparing)
        {
            _preparing = true;
            node.AfterUs(node.Disk.SyncUs(), () =>
            {
                _preparing = false;
                engine.Prepare();
            });
        }
    }

    /// <summary>The process is gone; frames that were to be written go back to the pool.</summary>
    public void End()
    {
        _writing?.Release();
        while (_outstanding.TryDequeue(out (SealedFrame Frame, Action<SealedFrame> Durable) next))
        {
            next.Frame.Release();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void WriteNext()
    {
        if (_writing is not null || !_outstanding.TryDequeue(out (SealedFrame Frame, Action<SealedFrame> Durable) next))
        {
            return;
        }

        _writing = next.Frame;
        node.AfterUs(node.Disk.SyncUs(), () =>
        {
            engine.Append(next.Frame);
            node.ObserveFrame(next.Frame);
            _writing = null;
            next.Durable(next.Frame);
            WriteNext();
        });
    }
}
