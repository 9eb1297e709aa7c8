using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Loop;

/// <summary>What keeps start-up short and the journal small: control snapshots, trimming, idle marks.</summary>
internal sealed class LoopUpkeep(CoordinatorMachine machine, IJournal journal, IControlSnapshots snapshots)
{
    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(1);

    private readonly ulong _snapshotEvery = (ulong)journal.Geometry.SegmentBytes;

    // Of an earlier life, if there was one: a coordinator that restarts often must take its snapshots too, or the
    // journal would never be trimmed.
    private ulong _lastSnapshot = snapshots.NewestPosition;
    private ControlSnapshot? _pending;
    private ulong _wantedAbove;
    private TimeSpan _nextTrim;
    private ulong _markedAt;

    /// <summary>Just sealed: the state is exactly that at the frame's end, so this is the moment to take a
    /// snapshot.</summary>
    public void Sealed(SealedFrame frame)
    {
        bool isDue = frame.End - _lastSnapshot >= _snapshotEvery
            || (snapshots.OlderPosition <= _wantedAbove && frame.End > _wantedAbove && _wantedAbove > 0);
        if (_pending is null && isDue)
        {
            _pending = machine.ToSnapshot(frame.End);
        }
    }

    /// <summary>Those of positions up to this one are not to be needed any more.</summary>
    public void Want(ulong above) => _wantedAbove = Math.Max(_wantedAbove, above);

    public void Durable(SealedFrame frame)
    {
        if (_pending is not null && frame.End >= _pending.Position && snapshots.TryWrite(_pending))
        {
            _lastSnapshot = _pending.Position;
            _pending = null;
        }
    }

    public void Tick(CommitPipeline pipeline, Now now)
    {
        if (now.Uptime < _nextTrim)
        {
            return;
        }

        _nextTrim = now.Uptime + TrimInterval;
        pipeline.Handle(new ReclaimJournal(Math.Min(journal.DurableEnd, snapshots.OlderPosition)), now);
        Mark(pipeline);
    }

    /// <summary>Leaves a mark behind, so that the next start knows that nothing is missing.</summary>
    public void Close(CommitPipeline pipeline) => Mark(pipeline);

    private void Mark(CommitPipeline pipeline)
    {
        if (pipeline.IsIdle && _markedAt != journal.NextPosition)
        {
            journal.Mark();
            _markedAt = journal.NextPosition;
        }
    }
}
