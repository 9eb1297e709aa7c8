using Millrace.Common.Model;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Tests.Core.Flow;

namespace Millrace.Worker.Tests.Core.Tasks;

/// <summary>A task's whole input as the journal has it: frames with ends, each with some events.</summary>
internal sealed class InputSequence
{
    private const ulong FrameBytes = 4096;

    private readonly List<int> _frameEnds = [];

    public InputSequence(IEnumerable<int> frameSizes)
    {
        int at = 0;
        foreach (int size in frameSizes)
        {
            for (int i = 0; i < size; i++)
            {
                Entries.Add($"key-{(at + i) * 7 % 13}", $"value {at + i}");
            }

            at += size;
            _frameEnds.Add(at);
        }
    }

    public Entries Entries { get; } = new();

    public int FrameCount => _frameEnds.Count;

    /// <summary>Journal position at which a frame ends.</summary>
    public static ulong EndOf(int frame) => (ulong)(frame + 1) * FrameBytes;

    public int FirstEvent(int frame) => frame == 0 ? 0 : _frameEnds[frame - 1];

    public int EndEvent(int frame) => _frameEnds[frame];

    public static TaskGrant Grant(RestorePoint? restore = null, ulong epoch = 5) => new(
        new TaskId(1), new Epoch(epoch), "count", new KeyGroupRange(0, 16), 16, restore ?? RestorePoint.Beginning);

    /// <summary>Hands events [first, end) of a frame to a task in one block.</summary>
    public ApplyOutcome Give(TaskMachine task, int frame, int first, int end)
    {
        bool continued = end < EndEvent(frame);
        var block = new Block
        {
            Task = task.Grant.Task,
            Epoch = task.Grant.Epoch,
            Position = continued ? (ulong)frame * FrameBytes : EndOf(frame),
            FirstOffset = (ulong)first,
            Count = (uint)(end - first),
            Continued = continued,
            Entries = Entries.Bytes(first, end),
        };
        return task.Apply(block, new EventFields[3]);
    }

    public ApplyOutcome GiveFrame(TaskMachine task, int frame) =>
        Give(task, frame, FirstEvent(frame), EndEvent(frame));
}
