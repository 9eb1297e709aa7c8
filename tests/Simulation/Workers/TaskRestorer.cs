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
        bool IsWanted() => _under.TryGetValue(grant.Task, out object? current) && current == ticket;

        void Finish(IReadOnlyList<byte[]> contents)
        {
            if (IsWanted())
            {
                _under.Remove(grant.Task);
                Load(grant, contents, done);
            }
        }

        void Fail()
        {
            if (IsWanted())
            {
                node.World.Trace.Add("restore failed", node.Name, grant.Task.Value, grant.Epoch.Value);
                process.Post(new RestoreFailed(grant.Task, grant.Epoch));
            }
        }

        string[] ids = grant.Restore.SnapshotId.Length > 0
            ? [grant.Restore.SnapshotId]
            : [.. grant.Origins.Select(o => o.SnapshotId)];
        if (ids.Length == 0)
        {
            node.After(TimeSpan.FromMilliseconds(node.Random.Between(0, 20)), () => Finish([]));
            return;
        }

        Download(ids, [], Finish, Fail);
    }

    public void Cancel(TaskId task) => _under.Remove(task);

    /// <summary>One after the other.</summary>
    private void Download(string[] ids, List<byte[]> contents, Action<IReadOnlyList<byte[]>> finish, Action fail)
    {
        if (contents.Count == ids.Length)
        {
            finish(contents);
            return;
        }

        SnapshotName.TryParse(ids[contents.Count], out SnapshotName name);
        StreamEnd download = process.Coordinator.Connect(node);
        download.Received = answer =>
        {
            download.Broken = null;
            if (answer is Messages.SnapshotContent content)
            {
                contents.Add(content.Content);
                Download(ids, contents, finish, fail);
            }
            else
            {
                fail();
            }
        };
        download.Broken = fail;
        download.Send(new SnapshotGet(name));
    }

    private void Load(
        TaskGrant grant, IReadOnlyList<byte[]> contents, Action<TaskMachine, OutputPublisher?> done)
    {
        OutputPublisher? publisher = null;
        IOperator op = new CountOperator(grant.ToContext());
        if (grant.Operator == BadEvents.Operator)
        {
            op = new PickyOperator(op);
        }
        else if (grant.Operator == SimOperators.Relay)
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
        TaskMachine machine = Make(grant, new WitnessOperator(op, run, node.World.History), contents);
        node.World.History.Runs.Add(run);
        node.World.Trace.Add("restored", node.Name, grant.Task.Value, grant.Epoch.Value, grant.Restore.NextOffset);
        done(machine, publisher);
    }

    private static TaskMachine Make(TaskGrant grant, WitnessOperator witness, IReadOnlyList<byte[]> contents)
    {
        SnapshotBytes[] all = [.. contents.Select(_ => new SnapshotBytes())];
        try
        {
            for (int i = 0; i < all.Length; i++)
            {
                all[i].Append(contents[i]);
            }

            if (grant.Restore.SnapshotId.Length > 0)
            {
                return new TaskMachine(grant, witness, SnapshotCodec.Open(all[0]));
            }

            var machine = new TaskMachine(grant, witness, null);
            for (int i = 0; i < all.Length; i++)
            {
                machine.Inherit(SnapshotCodec.Open(all[i]), grant.Origins[i]);
            }

            return machine;
        }
        finally
        {
            Array.ForEach(all, bytes => bytes.Dispose());
        }
    }
}
