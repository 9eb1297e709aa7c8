using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core.Tasks;

/// <summary>Brings a task to the end of its input with random cuts, repeats, gaps, checkpoints and restarts from
/// them.</summary>
internal sealed class RandomRun(InputSequence input, Random random)
{
    private static readonly OperatorContext _context = new(new KeyGroupRange(0, 16), 16);

    private RestorePoint _committed = RestorePoint.Beginning;
    private SnapshotBytes? _snapshot;
    private TaskMachine _task = Start(RestorePoint.Beginning, null);

    public TaskMachine ToTheEnd()
    {
        while (_task.NextOffset < (ulong)input.Entries.Count)
        {
            switch (random.Next(10))
            {
                case 0:
                    Checkpoint(commit: random.Next(4) > 0);
                    break;
                case 1:
                    _task = Start(_committed, _snapshot);
                    break;
                default:
                    GiveSomething();
                    break;
            }
        }

        _snapshot?.Dispose();
        return _task;
    }

    private static TaskMachine Start(RestorePoint point, SnapshotBytes? snapshot) => new(
        InputSequence.Grant(point),
        new CountOperator(_context),
        snapshot is null ? null : SnapshotCodec.Open(snapshot));

    private void GiveSomething()
    {
        int next = (int)_task.NextOffset;
        int frame = 0;
        while (input.EndEvent(frame) <= next)
        {
            frame++;
        }

        if (random.Next(5) == 0)
        {
            // Something old, something far ahead, or just what is wanted.
            input.GiveFrame(_task, random.Next(input.FrameCount));
            return;
        }

        int first = random.Next(input.FirstEvent(frame), next + 1);
        input.Give(_task, frame, first, random.Next(next, input.EndEvent(frame)) + 1);
    }

    private void Checkpoint(bool commit)
    {
        if (_task.BeginCheckpoint() is not { } capture)
        {
            return;
        }

        if (commit)
        {
            _snapshot?.Dispose();
            _snapshot = SnapshotCodec.Encode(capture.Header, capture.State);
            _committed = capture.StoredAs(capture.Name(_snapshot.Hash())).Point;
        }

        capture.State.Dispose();
        _task.EndCheckpoint(commit ? _committed.NextOffset : null);
    }
}
