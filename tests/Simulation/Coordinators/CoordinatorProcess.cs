using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Intake;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Audit;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Coordinators;

/// <summary>
/// One life of the coordinator: the real machine, pipeline, frame builder, journal engine and recovery; the
/// simulator's own are only the queues between them, which here are steps of the scheduler.
/// </summary>
internal sealed class CoordinatorProcess : IOutbox
{
    private static readonly Input _timePassed = new Tick();
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Few, so that commits often name a frame that has to be read.</summary>
    private const int RecentFrames = 128;

    private readonly CoordinatorNode _node;
    private readonly CommitPipeline _pipeline;
    private readonly LoopUpkeep _upkeep;
    private readonly Queue<Input> _inputs = new();
    private readonly Queue<OfferedBatch> _batches = new();
    private readonly Dictionary<long, Action<object>> _calls = [];
    private readonly WaitingLine<OfferedBatch> _line;
    private readonly SessionPort _sessions;
    private readonly DispatchPort _dispatch;
    private readonly QueryPort _queries;
    private readonly WatchPort _watches;
    private long _lastCall;
    private ulong _lastStream;

    private CoordinatorProcess(CoordinatorNode node, CoordinatorState state, JournalEngine engine, ulong incarnation)
    {
        _node = node;
        SimOptions options = node.World.Options;
        Incarnation = incarnation;
        Recovered = engine.Recovered;
        Routing = state.Topics.Routing;
        Journal = new SimJournal(engine, node, incarnation);
        Machine = new CoordinatorMachine(state, options.ToPolicy());
        Snapshots = new SimSnapshotStore(node);
        Audit = new JournalAudit(Journal, RecentFrames);
        Scanner = new BatchScanner(new IngestLimits(MaxBatchBytes: options.MaxFrameBytes / 2));
        _pipeline = new CommitPipeline(Machine, new FrameBuilder(Journal.Geometry), Journal, this);
        _upkeep = new LoopUpkeep(Machine, Journal, new SimControlSnapshots(node));
        _line = new WaitingLine<OfferedBatch>(options.MaxPendingBytes, options.MaxPendingBytes / 8);
        _sessions = new SessionPort(this, node);
        _dispatch = new DispatchPort(this, node);
        _queries = new QueryPort(this, node);
        _watches = new WatchPort(this, node, state.Events);
    }

    public ulong Incarnation { get; }

    /// <summary>What recovery found.</summary>
    public RecoveryReport Recovered { get; }

    public CoordinatorNode Node => _node;

    public SimJournal Journal { get; }

    public CoordinatorMachine Machine { get; }

    public SimSnapshotStore Snapshots { get; }

    public JournalAudit Audit { get; }

    public BatchScanner Scanner { get; }

    /// <summary>Nothing waits to be decided or to become durable.</summary>
    public bool IsIdle => _pipeline.IsIdle && _inputs.Count == 0 && _batches.Count == 0;

    public DispatchPort Dispatch => _dispatch;

    public SessionPort Sessions => _sessions;

    /// <summary>Known from the beginning: the real server opens when its first record is durable, and with it
    /// this.</summary>
    public Routing Routing { get; private set; }

    /// <summary>Recovers what the disk holds and begins to serve.</summary>
    public static CoordinatorProcess Start(CoordinatorNode node)
    {
        SimOptions options = node.World.Options;
        (CoordinatorState state, ulong from) = SimControlSnapshots.Load(node);
        JournalEngine engine = JournalEngine.Recover(
            new SimSegmentStore(node.Disk, node.Archive), options.ToGeometry(), options.ToLimits(), from, state.Apply);
        node.Disk.Repair();
        ulong incarnation = IncarnationFile.Next(node.Disk.Disk, state.Incarnation);
        var process = new CoordinatorProcess(node, state, engine, incarnation);
        process.Journal.Keep();
        process.Handle(new StartCoordinator(incarnation, "sim"));
        node.Every(TickInterval, process.Tick);
        return process;
    }

    /// <summary>The process is gone.</summary>
    public void End()
    {
        _dispatch.End();
        Journal.End();
    }

    /// <summary>Takes a new stream; what it is for is said by its first message.</summary>
    public void Accept(StreamEnd stream) => stream.Received = message => Route(stream, message);

    public void Handle(Input input)
    {
        _inputs.Enqueue(input);
        Pump();
    }

    /// <summary>Asks for room for a batch; once it is inside it is offered. <see cref="Pump"/> is to follow.</summary>
    public Entrance Enter(IngestPort port, OfferedBatch batch)
    {
        batch.Charge = batch.Footprint;
        Entrance entrance = _line.Enter(port.Flow, batch.Charge, batch);
        _node.World.History.Measure("bytes that wait for room", _line.Waiting, _node.World.Options.MaxPendingBytes);
        if (entrance == Entrance.Open)
        {
            _batches.Enqueue(batch);
        }

        return entrance;
    }

    /// <summary>The batch has its outcome. Who comes in for it is looked at when the step is done.</summary>
    public void Leave(OfferedBatch batch)
    {
        _line.Leave(batch.Charge);
        while (_line.TryNext(out OfferedBatch? next))
        {
            _batches.Enqueue(next!);
            ((IngestPort)next!.Outcome!).LetIn();
        }
    }

    public ulong NextStream() => ++_lastStream;

    /// <summary>Hands an input to the machine whose answer goes to this stream.</summary>
    public void Ask(StreamEnd stream, Func<long, Input> input) => Ask(
        result =>
        {
            stream.Send(MessageOf(result));
            stream.Close();
        },
        input);

    /// <summary>Hands an input to the machine.</summary>
    /// <param name="answered">Gets what the machine answers.</param>
    public void Ask(Action<object> answered, Func<long, Input> input)
    {
        long call = ++_lastCall;
        _calls[call] = answered;
        Handle(input(call));
    }

    void IOutbox.Carry(Effect effect)
    {
        switch (effect)
        {
            case Reply reply:
                Answer(reply);
                break;
            case Tell tell:
                if (tell.Message is Assign assign)
                {
                    _dispatch.Grant(tell.Session, assign.Task, assign.Epoch, assign.Partition, assign.Warm);
                }

                _sessions.Tell(tell.Session, tell.Message);
                break;
            case AnswerHeartbeat answer:
                _sessions.Tell(answer.Session, new HeartbeatAck(answer.Sequence));
                break;
            case EndSession end:
                _sessions.End(end.Session, end.Why);
                break;
            case PublishRouting publish:
                Routing = publish.Routing;
                break;
            case KeepSnapshots keep:
                Snapshots.Keep(keep.Task, keep.SnapshotIds);
                break;
            case DropSnapshots drop:
                Snapshots.Drop(drop.Task);
                break;
            case TrimJournal trim:
                Journal.Trim(trim.Below);
                break;
            case WantControlSnapshots want:
                _upkeep.Want(want.Above);
                break;
            case StopCopy stop:
                _dispatch.StopCopy(stop.Task, stop.Epoch);
                break;
            case StopDispatch stop:
                _dispatch.Stop(stop.Task, stop.BelowEpoch);
                break;
            default:
                throw new InvalidOperationException($"The simulator does not know the effect {effect.GetType().Name}.");
        }
    }

    private void Route(StreamEnd stream, object first)
    {
        switch (first)
        {
            case OpenProducerCall open:
                Ask(stream, call => new OpenProducer(call, open.ProducerId, open.Reset));
                break;
            case PublishBatch batch:
                new IngestPort(this, stream).Receive(batch);
                break;
            case CreateTopicCall create:
                Ask(stream, call => new CreateTopic(
                    call,
                    create.Name,
                    create.Partitions,
                    create.KeyGroups,
                    create.RetentionMs,
                    new Request(create.RequestId, 1),
                    ValidateOnly: false,
                    create.Partitioning));
                break;
            case OperatorCall asked:
                Ask(stream, asked.Make);
                break;
            case SplitPartitionCall split:
                Ask(stream, call => new SplitPartition(
                    call, split.Topic, split.Index, split.AtKeyGroup, ChangeOf(split.RequestId))
                {
                    AtKey = split.AtKey,
                    Keys = split.Keys,
                });
                break;
            case MergePartitionsCall merge:
                Ask(stream, call => new MergePartitions(
                    call, merge.Topic, merge.Index, merge.Other, ChangeOf(merge.RequestId)));
                break;
            case DeployJobCall deploy:
                Ask(stream, call => new DeployJob(
                    call,
                    deploy.Name,
                    deploy.Operator,
                    deploy.Topic,
                    new Request(deploy.RequestId, 1),
                    ValidateOnly: false,
                    deploy.Standbys));
                break;
            default:
                RouteWorker(stream, first);
                break;
        }
    }

    private static MapChange ChangeOf(string requestId) => new(null, new Request(requestId, 1), ValidateOnly: false);

    private void RouteWorker(StreamEnd stream, object first)
    {
        switch (first)
        {
            case SessionHello hello:
                _sessions.Accept(stream, hello);
                break;
            case WatchSaid said:
                _watches.Accept(stream, said);
                break;
            case AskJob ask:
                _queries.Ask(stream, ask);
                break;
            case AnswersOpen open:
                _queries.Accept(stream, open);
                break;
            case FetchOpen open:
                _dispatch.Accept(stream, open);
                break;
            case SnapshotPut put:
                Snapshots.Put(put.Name, put.Base, put.Content, () =>
                {
                    stream.Send(new SnapshotStored(put.Name));
                    stream.Close();
                });
                break;
            case SnapshotGet get:
                stream.Send(Snapshots.Get(get.Name) is { } content
                    ? new SnapshotContent(get.Name, content)
                    : new Refused(new Refusal(RefusalKind.NotFound, "SNAPSHOT_MISSING", $"There is no {get.Name}.")));
                stream.Close();
                break;
            default:
                throw new InvalidOperationException($"The simulator does not know {first.GetType().Name}.");
        }
    }

    private void Tick()
    {
        if (_pipeline.HasRoomForInput)
        {
            Decide(_timePassed);
            _upkeep.Tick(_pipeline, _node.Clock.Now);
        }

        Pump();
        _watches.Ticked();
    }

    /// <summary>Lets waiting inputs and batches in, and seals the open frame when the journal is idle.</summary>
    public void Pump()
    {
        while (_pipeline.HasRoomForInput && _inputs.TryDequeue(out Input? input))
        {
            Decide(input);
        }

        while (_batches.TryPeek(out OfferedBatch? batch) && _pipeline.TryOffer(batch, _node.Clock.Now))
        {
            _batches.Dequeue();
        }

        if (_pipeline.TrySeal(_node.Clock.Now) is { } frame)
        {
            _upkeep.Sealed(frame);
            Journal.Write(frame, Durable);
        }
    }

    private void Decide(Input input)
    {
        _pipeline.Handle(input, _node.Clock.Now);
        _watches.Judge();
    }

    private void Durable(SealedFrame frame)
    {
        _upkeep.Durable(frame);
        Audit.Durable(frame.Facts);
        _dispatch.Durable(frame);
        _pipeline.Durable();
        frame.Release();
        Pump();
    }

    private void Answer(Reply reply)
    {
        if (_calls.Remove(reply.Call, out Action<object>? answered))
        {
            answered(reply.Result);
        }
    }

    private object MessageOf(object result) => result switch
    {
        OpenedProducer opened => new OpenProducerAnswer(opened.ProducerId, opened.Epoch, opened.Topics, Incarnation),
        Refusal refusal => new Refused(refusal),
        _ => new Done(result),
    };
}
