using Millrace.Checking.Histories;
using Millrace.Common.Model;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Run;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Simulation.Workers;

/// <summary>Fetches snapshots and makes task machines of them.</summary>
internal sealed class TaskRestorer(WorkerProcess process, WorkerNode node)
{
    private readonly Dictionary<TaskId, object> _under = [];

    public void Start(TaskGrant grant, Action<TaskMachine, OutputPublisher?> done)
    {
        object ticket = new();
        _under[grant.Task] = ticket;
        void Finish(byte[]? content)
        {
            if (_under.TryGetValue(grant.Task, out object? current) && current == ticket)
            {
                _under.Remove(grant.Task);
                Load(grant, content, done);
            }
        }

        void Fail()
        {
            if (_under.TryGetValue(grant.Task, out object? current) && current == ticket)
            {
                node.World.Trace.Add("restore failed", node.Name, grant.Task.Value, grant.Epoch.Value);
                process.Post(new RestoreFailed(grant.Task, grant.Epoch));
            }
        }

        if (grant.Restore.SnapshotId.Length == 0)
        {
            node.After(TimeSpan.FromMilliseconds(node.Random.Between(0, 20)), () => Finish(null));
            return;
        }

        SnapshotName.TryParse(grant.Restore.SnapshotId, out SnapshotName name);
        StreamEnd download = process.Coordinator.Connect(node);
        download.Received = answer =>
        {
            download.Broken = null;
            if (answer is Messages.SnapshotContent content)
            {
                Finish(content.Content);
            }
            else
            {
                Fail();
            }
        };
        download.Broken = Fail;
        download.Send(new SnapshotGet(name));
    }

    public void Cancel(TaskId task) => _under.Remove(task);

    private void Load(TaskGrant grant, byte[]? content, Action<TaskMachine, OutputPublisher?> done)
    {
        using SnapshotBytes? bytes = content is null ? null : new SnapshotBytes();
        bytes?.Append(content);
        OutputPublisher? publisher = null;
        IOperator op = new CountOperator(grant.ToContext());
        if (grant.Operator == SimOperators.Relay)
        {
            op = new RelayOperator(grant.Task, SimOptions.OutputTopic, node.World.Outputs, op);
            publisher = new OutputPublisher(node, process.Coordinator, grant.Task, SimOptions.OutputTopic);
        }

        var run = new TaskRun
        {
            Process = $"{node.Name}/{process.Incarnation}",
            Task = grant.Task.Value,
            Partition = process.PartitionOf(grant.Task),
            Epoch = grant.Epoch.Value,
            FirstOffset = grant.Restore.NextOffset,
            SnapshotId = grant.Restore.SnapshotId,
        };
        var witness = new WitnessOperator(op, run, node.World.History);
        var machine = new TaskMachine(grant, witness, bytes is null ? null : SnapshotCodec.Open(bytes));
        node.World.History.Runs.Add(run);
        node.World.Trace.Add("restored", node.Name, grant.Task.Value, grant.Epoch.Value, grant.Restore.NextOffset);
        done(machine, publisher);
    }
}
