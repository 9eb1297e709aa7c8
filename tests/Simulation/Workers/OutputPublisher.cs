using Millrace.Client.Core;
using Millrace.Common.Model;
using Millrace.Simulation.Nodes;
using Millrace.Simulation.Producers;
using Millrace.Simulation.Run;
using Millrace.Worker.Core.Operators;

namespace Millrace.Simulation.Workers;

/// <summary>Publishes what one task emits, under the task's own producer id. What the topic has already is left
/// out.</summary>
internal sealed class OutputPublisher(SimNode node, ICoordinatorAddress coordinator, TaskId task, string topic)
{
    private static readonly TimeSpan _again = TimeSpan.FromMilliseconds(100);

    private readonly List<(ulong Sequence, byte[] Entry)> _outputs = [];
    private ProducerShell? _shell;
    private bool _closed;

    public void Start()
    {
        if (_closed)
        {
            return;
        }

        _shell = new ProducerShell(
            node, coordinator, OutputNumbers.ProducerOf(task), node.World.Options.ToProducerPolicy(node.Random));
        _shell.Durable = (_, last) => _outputs.RemoveAll(o => o.Sequence <= last);
        _shell.Failed = _ => node.After(_again, Start);
        _shell.Start();
    }

    public void Close()
    {
        _closed = true;
        _shell?.Close();
    }

    public void Add(TaskOutput output) =>
        _outputs.Add((output.Sequence, Entries.Encode(
            System.Text.Encoding.UTF8.GetString(output.Key), output.Value, output.TimeMs)));

    /// <summary>Hands on what can be sent now.</summary>
    public void Pump()
    {
        if (_closed || _shell is not { IsReady: true } shell)
        {
            return;
        }

        ProducerLane lane = shell.Lane(topic);
        if (_outputs.Count == 0 || _outputs[^1].Sequence <= lane.LastSequence)
        {
            return;
        }

        // They are in order, and what is handed on stays here until it is durable.
        int first = _outputs.FindIndex(o => o.Sequence > lane.LastSequence);
        for (int i = first; i < _outputs.Count; i++)
        {
            (ulong sequence, byte[] entry) = _outputs[i];
            if (sequence > lane.LastSequence + 1)
            {
                node.World.History.Report(
                    "V4", $"{task} goes on with output {sequence}, but {lane.LastSequence} is the last that is stored");
                return;
            }

            if (!shell.TryAdd(lane, entry))
            {
                break;
            }
        }

        shell.Pump(lane);
    }
}
