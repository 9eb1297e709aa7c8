using Millrace.Checking.Histories;
using Millrace.Common.Model;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Run;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;
using LoadedSnapshot = Millrace.Worker.Core.State.SnapshotContent;

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

        void Finish(IReadOnlyList<List<byte[]>> contents)
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

    /// <summary>One after the other, each with what it is on top of.</summary>
    private void Download(
        string[] ids, List<List<byte[]>> contents, Action<IReadOnlyList<List<byte[]>>> finish, Action fail)
    {
        if (contents.Count == ids.Length)
        {
            finish(contents);
            return;
        }

        SnapshotName.TryParse(ids[contents.Count], out SnapshotName name);
        var chain = new List<byte[]>();
        Fetch(name, chain, fail, () =>
        {
            contents.Add(chain);
            Download(ids, contents, finish, fail);
        });
    }

    /// <param name="chain">Gets them, the newest first.</param>
    private void Fetch(SnapshotName name, List<byte[]> chain, Action fail, Action done)
    {
        StreamEnd download = process.Coordinator.Connect(node);
        download.Received = answer =>
        {
            download.Broken = null;
            if (answer is not Messages.SnapshotContent content)
            {
                fail();
                return;
            }

            chain.Add(content.Content);
            if (SnapshotBases.Of(content.Content) is { } needs)
            {
                Fetch(needs, chain, fail, done);
            }
            else
            {
                done();
            }
        };
        download.Broken = fail;
        download.Send(new SnapshotGet(name));
    }

    private void Load(
        TaskGrant grant, IReadOnlyList<List<byte[]>> contents, Action<TaskMachine, OutputPublisher?> done)
    {
        OutputPublisher? publisher = null;
        IOperator op = new CountOperator(grant.ToContext());
        if (grant.Operator == BadEvents.Operator)
        {
            op = new PickyOperator(op, node.World.Options.Deadly ? node.Die : null);
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

    private static TaskMachine Make(
        TaskGrant grant, WitnessOperator witness, IReadOnlyList<List<byte[]>> contents)
    {
        SnapshotBytes[][] all = [.. contents.Select(chain => chain.Select(BytesOf).ToArray())];
        try
        {
            if (grant.Restore.SnapshotId.Length > 0)
            {
                return new TaskMachine(grant, witness, Open(all[0]));
            }

            var machine = new TaskMachine(grant, witness, null);
            for (int i = 0; i < all.Length; i++)
            {
                machine.Inherit(Open(all[i]), grant.Origins[i]);
            }

            return machine;
        }
        finally
        {
            Array.ForEach(all, chain => Array.ForEach(chain, bytes => bytes.Dispose()));
        }
    }

    private static SnapshotBytes BytesOf(byte[] content)
    {
        var bytes = new SnapshotBytes();
        bytes.Append(content);
        return bytes;
    }

    /// <param name="chain">The newest first.</param>
    private static LoadedSnapshot Open(SnapshotBytes[] chain)
    {
        LoadedSnapshot content = SnapshotCodec.Open(chain[^1]);
        for (int i = chain.Length - 2; i >= 0; i--)
        {
            content = SnapshotCodec.Open(chain[i]).On(content);
        }

        return content;
    }
}
