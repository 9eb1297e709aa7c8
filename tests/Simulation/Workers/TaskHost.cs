using Millrace.Checking.Logs;
using Millrace.Common.Model;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;
using Millrace.Simulation.Run;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Simulation.Workers;

/// <summary>Runs the tasks of one worker process: restores them, applies their blocks and takes their
/// snapshots.</summary>
internal sealed class TaskHost(WorkerProcess process, WorkerNode node, ICoordinatorAddress coordinator)
{
    private readonly SortedDictionary<ulong, RunningTask> _running = [];
    private readonly SortedDictionary<ulong, Epoch> _restoring = [];
    private readonly Queue<(FetchBlock Block, StreamEnd From)> _waiting = new();
    private bool _paused;
    private bool _working;

    public IEnumerable<RunningTask> Running => _running.Values;

    /// <summary>By task, the partition that it reads; only for the history.</summary>
    public Dictionary<TaskId, uint> Partitions { get; } = [];

    private SimOptions Options => node.World.Options;

    public void Carry(WorkerEffect effect)
    {
        switch (effect)
        {
            case StartRestore restore:
                _restoring[restore.Grant.Task.Value] = restore.Grant.Epoch;
                Restore(restore.Grant);
                break;
            case DropTask drop:
                Drop(drop);
                break;
            case SubscribeTask subscribe:
                Subscribe(subscribe);
                break;
            case UnsubscribeTask unsubscribe:
                Detach(unsubscribe);
                break;
            case DetachTasks:
                foreach (RunningTask task in _running.Values)
                {
                    task.Attached = false;
                }

                break;
            case PauseTasks:
                _paused = true;
                break;
            case ResumeTasks:
                _paused = false;
                Work();
                break;
            case CaptureTask capture:
                Capture(capture);
                break;
            case FinishCheckpoint finish:
                Find(finish.Task, finish.Epoch)?.Machine.EndCheckpoint(finish.CommittedOffset);
                break;
            default:
                throw new InvalidOperationException($"The simulator does not know the effect {effect.GetType().Name}.");
        }
    }

    public void Take(FetchBlock block, StreamEnd from)
    {
        _waiting.Enqueue((block, from));
        Work();
    }

    /// <summary>Says how far tasks have come since the last time.</summary>
    public void Report()
    {
        List<TaskStanding> moved = [];
        foreach (RunningTask task in _running.Values)
        {
            if (task.ReportedOffset != task.Machine.NextOffset)
            {
                task.ReportedOffset = task.Machine.NextOffset;
                moved.Add(new TaskStanding(
                    task.Machine.Grant.Task,
                    task.Machine.Grant.Epoch,
                    TaskPhase.Running,
                    task.Machine.Position,
                    task.Machine.NextOffset,
                    task.Machine.StateBytes,
                    0));
            }
        }

        foreach (RunningTask task in _running.Values)
        {
            task.TakeOutputs();
        }

        if (moved.Count > 0)
        {
            process.Handle(new Progressed(moved));
        }
    }

    private RunningTask? Find(TaskId task, Epoch epoch) =>
        _running.TryGetValue(task.Value, out RunningTask? running) && running.Machine.Grant.Epoch == epoch
            ? running
            : null;

    private bool IsRestoring(TaskGrant grant) =>
        _restoring.TryGetValue(grant.Task.Value, out Epoch epoch) && epoch == grant.Epoch;

    private void Restore(TaskGrant grant)
    {
        if (grant.Restore.SnapshotId.Length == 0)
        {
            node.After(TimeSpan.FromMilliseconds(node.Random.Between(0, 20)), () => Restored(grant, null));
            return;
        }

        SnapshotName.TryParse(grant.Restore.SnapshotId, out SnapshotName name);
        StreamEnd download = coordinator.Connect(node);
        download.Received = answer =>
        {
            download.Broken = null;
            if (answer is Messages.SnapshotContent content)
            {
                Restored(grant, content.Content);
            }
            else
            {
                RestoreFailed(grant);
            }
        };
        download.Broken = () => RestoreFailed(grant);
        download.Send(new SnapshotGet(name));
    }

    private void RestoreFailed(TaskGrant grant)
    {
        if (IsRestoring(grant))
        {
            node.World.Trace.Add("restore failed", node.Name, grant.Task.Value, grant.Epoch.Value);
            process.Handle(new RestoreFailed(grant.Task, grant.Epoch));
        }
    }

    private void Restored(TaskGrant grant, byte[]? content)
    {
        if (!IsRestoring(grant))
        {
            return;
        }

        _restoring.Remove(grant.Task.Value);
        SnapshotBytes? bytes = null;
        if (content is not null)
        {
            bytes = new SnapshotBytes();
            bytes.Append(content);
        }

        using (bytes)
        {
            OutputPublisher? publisher = null;
            IOperator count = new CountOperator(new OperatorContext(grant.KeyGroups, grant.KeyGroupCount));
            if (grant.Operator == SimOperators.Relay)
            {
                count = new RelayOperator(grant.Task, SimOptions.OutputTopic, node.World.Outputs, count);
                publisher = new OutputPublisher(node, coordinator, grant.Task, SimOptions.OutputTopic);
            }

            var machine = new TaskMachine(grant, count, bytes is null ? null : SnapshotCodec.Open(bytes));
            _running[grant.Task.Value] = new RunningTask(
                machine, Partitions[grant.Task], node.World.History, $"{node.Name}/{process.Incarnation}", publisher);
            publisher?.Start();
        }

        node.World.Trace.Add("restored", node.Name, grant.Task.Value, grant.Epoch.Value, grant.Restore.NextOffset);
        process.Handle(new Restored(grant.Task, grant.Epoch));
    }

    private void Drop(DropTask drop)
    {
        if (_restoring.TryGetValue(drop.Task.Value, out Epoch restoring) && restoring == drop.Epoch)
        {
            _restoring.Remove(drop.Task.Value);
        }

        if (Find(drop.Task, drop.Epoch) is { } running)
        {
            _running.Remove(drop.Task.Value);
            running.Publisher?.Close();
            node.World.Trace.Add("dropped", node.Name, drop.Task.Value, drop.Epoch.Value);
        }
    }

    private void Subscribe(SubscribeTask subscribe)
    {
        if (Find(subscribe.Task, subscribe.Epoch) is { } task)
        {
            task.Attached = true;
            process.Data?.Send(new FetchSubscribe(
                subscribe.Task, subscribe.Epoch, task.Machine.Position, task.Machine.NextOffset, Options.CreditBytes));
        }
    }

    private void Detach(UnsubscribeTask unsubscribe)
    {
        if (Find(unsubscribe.Task, unsubscribe.Epoch) is { } task)
        {
            task.Attached = false;
            process.Data?.Send(new FetchUnsubscribe(unsubscribe.Task, unsubscribe.Epoch));
        }
    }

    /// <summary>Applies what waits, one block after another, each of which takes a while.</summary>
    private void Work()
    {
        if (_working || _paused || !_waiting.TryPeek(out (FetchBlock Block, StreamEnd From) first))
        {
            return;
        }

        _working = true;
        World world = node.World;
        long takes = first.Block.Count == 0 ? 0 : node.Random.Between(0L, Options.MaxApplyUs);
        world.Scheduler.After(takes, node.Life!, () =>
        {
            _working = false;
            if (!_paused && _waiting.TryDequeue(out (FetchBlock Block, StreamEnd From) next))
            {
                Apply(next.Block, next.From);
            }

            Work();
        });
    }

    private void Apply(FetchBlock block, StreamEnd from)
    {
        if (!_running.TryGetValue(block.Task.Value, out RunningTask? task) || !task.Attached || from != process.Data)
        {
            return;
        }

        ApplyOutcome outcome = task.Apply(block, node.Random.Between(1, 64));
        switch (outcome)
        {
            case ApplyOutcome.Applied or ApplyOutcome.Old:
                from.Send(new FetchCredit(block.Task, block.Epoch, block.Entries.Length));
                task.TakeOutputs();
                if (task.CaptureWanted && task.Machine.AtFrameEnd)
                {
                    Capture(new CaptureTask(task.Machine.Grant.Task, task.Machine.Grant.Epoch));
                }

                break;
            case ApplyOutcome.Gap:
                task.Attached = false;
                process.Handle(new GapFound(block.Task, task.Machine.Grant.Epoch));
                break;
            case ApplyOutcome.Damaged:
                process.Handle(new TaskDamaged(block.Task, task.Machine.Grant.Epoch));
                break;
        }
    }

    private void Capture(CaptureTask effect)
    {
        if (Find(effect.Task, effect.Epoch) is not { } task)
        {
            process.Handle(new CheckpointFailed(effect.Task, effect.Epoch));
            return;
        }

        task.CaptureWanted = !task.Machine.AtFrameEnd && task.Attached;
        if (task.CaptureWanted)
        {
            return;
        }

        if (task.Machine.BeginCheckpoint() is not { } capture)
        {
            process.Handle(new CheckpointFailed(effect.Task, effect.Epoch));
            return;
        }

        Upload(capture);
    }

    private void Upload(TaskCapture capture)
    {
        using SnapshotBytes bytes = SnapshotCodec.Encode(capture.Header, capture.State);
        capture.State.Dispose();
        byte[] content = new byte[bytes.Length];
        for (int i = 0, at = 0; i < bytes.ChunkCount; at += bytes.Chunk(i++).Length)
        {
            bytes.Chunk(i).CopyTo(content.AsMemory(at));
        }

        SnapshotName name = capture.Name(bytes.Hash());
        node.World.History.Snapshots[name.ToString()] = SnapshotDump.Read(content);
        Checkpoint checkpoint = capture.StoredAs(name);
        StreamEnd upload = coordinator.Connect(node);
        bool answered = false;
        void Answer(WorkerInput input)
        {
            if (!answered)
            {
                answered = true;
                process.Handle(input);
            }
        }

        upload.Received = answer => Answer(answer is Messages.SnapshotStored
            ? new Millrace.Worker.Core.SnapshotStored(checkpoint)
            : new CheckpointFailed(capture.Task, capture.Epoch));
        upload.Broken = () => Answer(new CheckpointFailed(capture.Task, capture.Epoch));
        upload.Send(new SnapshotPut(name, content));
        if (Options.HastyWorkers && node.Random.Chance(0.5))
        {
            Answer(new Millrace.Worker.Core.SnapshotStored(checkpoint));
        }
    }
}
