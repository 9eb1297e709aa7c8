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

    private readonly int _maxLinks = random.Next(4);
    private readonly Dictionary<string, SnapshotBytes> _stored = [];
    private RestorePoint _committed = RestorePoint.Beginning;
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
                    _task = Start(_committed, _committed.SnapshotId.Length == 0 ? null : Open(_committed.SnapshotId));
                    break;
                default:
                    GiveSomething();
                    break;
            }
        }

        foreach (SnapshotBytes stored in _stored.Values)
        {
            stored.Dispose();
        }

        return _task;
    }

    private static TaskMachine Start(RestorePoint point, SnapshotContent? snapshot) =>
        new(InputSequence.Grant(point), new CountOperator(_context), snapshot);

    private SnapshotContent Open(string id)
    {
        SnapshotContent content = SnapshotCodec.Open(_stored[id]);
        return content.Header.Base.Length == 0 ? content : content.On(Open(content.Header.Base));
    }

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
        if (_task.BeginCheckpoint(maxLinks: _maxLinks) is not { } capture)
        {
            return;
        }

        SnapshotBytes content = SnapshotChain.Encode(capture, out SnapshotName name);
        if (commit)
        {
            _stored[$"{name}"] = content;
            _committed = capture.StoredAs(name).Point;
        }
        else
        {
            content.Dispose();
        }

        _task.EndCheckpoint(commit ? _committed.NextOffset : null);
    }
}
