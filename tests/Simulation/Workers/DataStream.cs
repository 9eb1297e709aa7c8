using Millrace.Common.Model;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Worker.Stream;

namespace Millrace.Simulation.Workers;

/// <summary>A worker's end of one data stream; tells used bytes now and then, as the real one does.</summary>
internal sealed class DataStream(long number, StreamEnd end, WorkerNode node)
{
    private const long TellUs = 20_000;

    private readonly CreditLedger _credits = new();
    private bool _telling;

    /// <summary>Tells this stream's blocks from those of earlier ones.</summary>
    public long Number { get; } = number;

    public void Send(object message) => end.Send(message);

    public void Forget(TaskId task) => _credits.Forget(task);

    public void Return(TaskId task, Epoch epoch, int bytes)
    {
        _credits.Add(task, epoch, bytes);
        if (!_telling)
        {
            _telling = true;
            node.World.Scheduler.After(node.Random.Between(0L, TellUs), node.Life!, Tell);
        }
    }

    private void Tell()
    {
        _telling = false;
        if (_credits.Take() is { } credit)
        {
            Send(new FetchCredits(
                [.. credit.Tasks.Select(t => (new TaskId(t.TaskId), new Epoch(t.Epoch), (int)t.Bytes))]));
        }
    }
}
