using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checking.Histories;
using Millrace.Checking.Logs;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Run;

namespace Millrace.Simulation.Workers;

/// <summary>Runs the tasks of one worker process on the real run loops, which here are stepped by the scheduler in
/// place of threads, and stores their snapshots.</summary>
internal sealed class TaskHost : IBlockSource, ICheckpointQueue
{
    private const long PollUs = 20_000;
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(2);

    private readonly WorkerProcess _process;
    private readonly WorkerNode _node;
    private readonly WorkerClock _clock;
    private readonly RunLoops _loops;
    private readonly TaskRestorer _restorer;
    private readonly SortedDictionary<ulong, RunningTask> _running = [];
    private readonly SortedDictionary<ulong, RunningTask> _emitting = [];
    private readonly HashSet<Epoch> _promoted = [];
    private readonly bool[] _awake;
    private readonly long[] _busyUntilUs;
    private readonly Action[] _steps;
    private readonly Queue<BlockDelivery> _unread = [];
    private DataStream? _stream;
    private long _lastStream;
    private ulong _received;

    public TaskHost(WorkerProcess process, WorkerNode node)
    {
        _process = process;
        _node = node;
        _clock = new WorkerClock(new SimTime(node.Clock));
        Gate = new LeaseGate(_clock);
        int count = node.Random.Between(1, 3);
        _awake = new bool[count];
        _busyUntilUs = new long[count];
        _steps = [.. Enumerable.Range(0, count).Select<int, Action>(loop => () => Step(loop))];
        var ports = new RunPorts(process, this, this, Gate, _clock)
        {
            MaxSnapshotLinks = node.World.Options.SnapshotLinks,
        };
        _loops = new RunLoops(count, ports, NullLogger.Instance);
        _restorer = new TaskRestorer(process, node);
    }

    public LeaseGate Gate { get; }

    public IEnumerable<RunningTask> Running => _running.Values;

    /// <summary>Does what the worker's own loop does about its machine's effects.</summary>
    public void Carry(WorkerEffect effect)
    {
        switch (effect)
        {
            case StartRestore start:
                _loops.Place(start.Grant, _clock.Uptime);
                _restorer.Start(start.Grant, Restored);
                break;
            case DropTask drop:
                Drop(drop);
                break;
            case PromoteTask promote:
                Promote(promote);
                break;
            case SubscribeTask subscribe:
                _loops.Post(subscribe.Task, new AttachTask(subscribe.Task, subscribe.Epoch));
                break;
            case UnsubscribeTask unsubscribe:
                Unsubscribe(unsubscribe.Task, unsubscribe.Epoch);
                break;
            case DetachTasks:
                _loops.PostToAll(new DetachAll());
                break;
            case PauseTasks:
                break;
            case ResumeTasks:
                _loops.PostToAll(new LookAgain());
                break;
            case WatchForEnd watch:
                _loops.Post(watch.Task, new WatchEnd(watch.Task, watch.Epoch, watch.EndOffset));
                break;
            case TellVerdicts tell:
                _loops.Post(tell.Task, new TakeVerdicts(tell.Task, tell.Epoch, tell.Verdicts));
                break;
            case TellLeave tell:
                _loops.Post(tell.Task, new TakeLeave(tell.Task, tell.Epoch, tell.Leave));
                break;
            case CaptureTask capture:
                _loops.Post(capture.Task, new BeginCheckpoint(capture.Task, capture.Epoch, capture.Again));
                break;
            case FinishCheckpoint finish:
                _loops.Post(finish.Task, new EndCheckpoint(finish.Task, finish.Epoch, finish.CommittedOffset));
                break;
            default:
                throw new InvalidOperationException($"The simulator does not know the effect {effect.GetType().Name}.");
        }

        WakeBusy();
    }

    /// <summary>A data stream is open: tasks subscribe on it from now on.</summary>
    public void Open(StreamEnd end)
    {
        var stream = new DataStream(++_lastStream, end, _node);
        _stream = stream;
        end.Received = message =>
        {
            if (message is RawFetchResponse response)
            {
                _unread.Enqueue(new BlockDelivery(response, stream.Number));
                Read();
            }
        };
    }

    /// <summary>The data stream has ended. Returns the highest journal position that came on it.</summary>
    public ulong Close()
    {
        ulong received = _received;
        while (_unread.TryDequeue(out BlockDelivery delivery))
        {
            delivery.Response.Release();
        }

        (_stream, _received) = (null, 0);
        return received;
    }

    public void Report()
    {
        _loops.PostToAll(new ReportProgress());
        TakeOutputs();
        WakeBusy();
    }

    /// <summary>Somebody wants to know all counts of a task.</summary>
    public void Ask(Protocol.Worker.V1.AnswerResponse asked, AnswerStream answers)
    {
        var ask = new AskTask(
            asked.QuestionId,
            new TaskId(asked.TaskId),
            new Epoch(asked.Epoch),
            asked.MinPosition,
            new ScanKeys(default, default, int.MaxValue),
            _clock.Uptime + _longestAnswer,
            answers);
        if (!_loops.TryAsk(ask))
        {
            answers.Refused(ask, "STALE_EPOCH");
        }

        WakeBusy();
    }

    public BlockSubscription Subscribe(TaskId task, Epoch epoch, ulong position, ulong nextOffset) =>
        _stream?.Subscribe(task, epoch, position, nextOffset) ?? default;

    public void Unsubscribe(TaskId task, Epoch epoch) => _stream?.Send(new FetchUnsubscribe(task, epoch));

    public void Return(long stream, in RawBlock block)
    {
        if (_stream?.Number == stream)
        {
            _stream.Return(block);
        }
    }

    bool ICheckpointQueue.TryAdd(TaskCapture capture)
    {
        if (_node.Random.Chance(0.02))
        {
            return false;
        }

        _node.World.Scheduler.After(_node.Random.Between(0, 5_000), _node.Life!, () => Upload(capture));
        return true;
    }

    /// <summary>What has come is read as long as the run loops have room, as the worker's reader does: blocks without
    /// events need no credit, so while the lease is over they can fill the mailboxes.</summary>
    private void Read()
    {
        while (_loops.HaveRoom && _unread.TryDequeue(out BlockDelivery delivery))
        {
            _received = Math.Max(_received, delivery.Response.LastPosition);
            if (!_loops.DeliverAsync(delivery, CancellationToken.None).IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("A run loop that has room let a delivery wait.");
            }
        }

        WakeBusy();
    }

    /// <summary>Those for which something waits, as their mailboxes would.</summary>
    private void WakeBusy()
    {
        bool open = Gate.IsOpen;
        for (int i = 0; i < _awake.Length; i++)
        {
            if (!_awake[i] && _loops.All[i].Mailbox.HasWork(deliveriesWanted: open))
            {
                Wake(i, _node.Random.Between(0, 50));
            }
        }
    }

    private void Wake(int loop, long delayUs)
    {
        if (!_awake[loop])
        {
            _awake[loop] = true;
            delayUs = Math.Max(delayUs, _busyUntilUs[loop] - _node.World.Scheduler.NowUs);
            _node.World.Scheduler.After(delayUs, _node.Life!, _steps[loop]);
        }
    }

    /// <summary>One step of a run loop; if there is more work another follows, after the time that this one
    /// takes.</summary>
    private void Step(int loop)
    {
        _awake[loop] = false;
        bool worked = _loops.All[loop].Step();
        if (_unread.Count > 0)
        {
            Read();
        }

        TakeOutputs();
        if (worked)
        {
            _busyUntilUs[loop] =
                _node.World.Scheduler.NowUs + _node.Random.Between(0L, _node.World.Options.MaxApplyUs);
        }

        if (_loops.All[loop].HasWork)
        {
            Wake(loop, 0);
        }
        else if (!Gate.IsOpen && _running.Count > 0)
        {
            Wake(loop, PollUs);
        }
    }

    private void TakeOutputs()
    {
        if (_emitting.Count > 0)
        {
            foreach (RunningTask task in _emitting.Values)
            {
                task.TakeOutputs();
            }
        }
    }

    private void Restored(TaskMachine machine, OutputPublisher? publisher)
    {
        bool owns = _promoted.Remove(machine.Grant.Epoch) || !machine.Grant.Warm;
        var running = new RunningTask(machine, publisher) { IsCopy = !owns };
        _running[machine.Grant.Task.Value] = running;
        if (publisher is not null)
        {
            _emitting[machine.Grant.Task.Value] = running;
        }

        _loops.Post(machine.Grant.Task, new LoadTask(machine));
        if (owns)
        {
            publisher?.Start();
        }

        WakeBusy();
    }

    /// <summary>Its outputs so far were kept: from now on those that the former owner has not stored go out.</summary>
    private void Promote(PromoteTask promote)
    {
        bool stoodBy = _running.GetValueOrDefault(promote.Task.Value)?.Machine.Grant.Standby == true;
        _node.World.Trace.Add(
            stoodBy ? "standby taken over" : "taken over", _node.Name, promote.Task.Value, promote.Epoch.Value);
        _loops.Post(
            promote.Task,
            new PromoteWarm(promote.Task, promote.Epoch, _clock.Uptime, promote.Committed));
        if (_running.TryGetValue(promote.Task.Value, out RunningTask? running))
        {
            running.IsCopy = false;
            running.Publisher?.Start();
        }
        else
        {
            _promoted.Add(promote.Epoch);
        }
    }

    private void Drop(DropTask drop)
    {
        _restorer.Cancel(drop.Task);
        Unsubscribe(drop.Task, drop.Epoch);
        _loops.Remove(drop.Task, drop.Epoch);
        if (_running.Remove(drop.Task.Value, out RunningTask? running))
        {
            running.Publisher?.Close();
            _emitting.Remove(drop.Task.Value);
            _node.World.Trace.Add("dropped", _node.Name, drop.Task.Value, drop.Epoch.Value);
        }
    }

    private void Upload(TaskCapture capture)
    {
        using SnapshotBytes bytes = SnapshotChain.Encode(capture, out SnapshotName name);
        byte[] content = new byte[bytes.Length];
        for (int i = 0, at = 0; i < bytes.ChunkCount; at += bytes.Chunk(i++).Length)
        {
            bytes.Chunk(i).CopyTo(content.AsMemory(at));
        }

        History history = _node.World.History;
        history.Snapshots[name.ToString()] = SnapshotDump.Read(content, history.Snapshots);
        Checkpoint checkpoint = capture.StoredAs(name);
        StreamEnd upload = _process.Coordinator.Connect(_node);
        bool answered = false;
        void Answer(WorkerInput input)
        {
            if (!answered)
            {
                answered = true;
                _process.Post(input);
            }
        }

        upload.Received = answer => Answer(answer is Messages.SnapshotStored
            ? new Millrace.Worker.Core.SnapshotStored(checkpoint)
            : new CheckpointFailed(capture.Task, capture.Epoch));
        upload.Broken = () => Answer(new CheckpointFailed(capture.Task, capture.Epoch));
        upload.Send(new SnapshotPut(name, capture.Base, content));
        if (_node.World.Options.HastyWorkers && _node.Random.Chance(0.5))
        {
            Answer(new Millrace.Worker.Core.SnapshotStored(checkpoint));
        }
    }
}
