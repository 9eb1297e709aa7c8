using Millrace.Checking.Histories;
using Millrace.Checking.Logs;
using Millrace.Simulation.Messages;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Simulation.Workers;

/// <summary>A restored task on a worker: the real task machine, and a note of all that it applies.</summary>
internal sealed class RunningTask(
    TaskMachine machine, uint partition, History history, string process, OutputPublisher? publisher)
{
    private readonly TaskRun _run = Note(machine, partition, history, process);

    public TaskMachine Machine { get; } = machine;

    public OutputPublisher? Publisher { get; } = publisher;

    /// <summary>Blocks count: it is subscribed in the present session.</summary>
    public bool Attached { get; set; }

    /// <summary>A checkpoint is to be taken at the next frame's end.</summary>
    public bool CaptureWanted { get; set; }

    public ulong ReportedOffset { get; set; } = ulong.MaxValue;

    public ApplyOutcome Apply(FetchBlock message, int scratch)
    {
        ulong before = Machine.NextOffset;
        var block = new Block
        {
            Task = message.Task,
            Epoch = message.Epoch,
            Position = message.Position,
            FirstOffset = message.FirstOffset,
            Count = (uint)message.Count,
            Continued = message.Continued,
            Entries = message.Entries,
        };
        ApplyOutcome outcome = Machine.Apply(block, new EventFields[scratch]);
        if (Machine.NextOffset > before)
        {
            NoteApplied(message, before);
        }

        return outcome;
    }

    /// <summary>Hands what was emitted to whoever publishes it.</summary>
    public void TakeOutputs()
    {
        while (Machine.Outputs.TryTake(out TaskOutput? output))
        {
            Publisher?.Add(output!);
        }

        Publisher?.Pump();
    }

    private static TaskRun Note(TaskMachine machine, uint partition, History history, string process)
    {
        var run = new TaskRun
        {
            Process = process,
            Task = machine.Grant.Task.Value,
            Partition = partition,
            Epoch = machine.Grant.Epoch.Value,
            FirstOffset = machine.NextOffset,
            FirstPosition = machine.Position,
            SnapshotId = machine.Grant.Restore.SnapshotId,
        };
        history.Runs.Add(run);
        return run;
    }

    private void NoteApplied(FetchBlock message, ulong before)
    {
        uint count = (uint)(Machine.NextOffset - before);
        _run.Applied.Add(new AppliedRange(before, count, Machine.Position));
        List<LogEvent> events = EntryReader.Read(message.Entries);
        for (ulong offset = before; offset < Machine.NextOffset; offset++)
        {
            LogEvent applied = events[(int)(offset - message.FirstOffset)];
            history.Observe(partition, offset, applied.Number, process);
        }
    }
}
