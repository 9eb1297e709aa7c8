using Millrace.Checking.Histories;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Crashes;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Fencing;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Run;

namespace Millrace.Simulation.Workers;

/// <summary>One life of a worker: the real worker and lease machines, and simulated streams in place of the
/// channels.</summary>
internal sealed class WorkerProcess : IWorkerInbox
{
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(50);
    private static readonly WorkerInput _timePassed = new Millrace.Worker.Core.Tick();
    private static readonly TimeSpan _progress = TimeSpan.FromMilliseconds(500);

    private readonly WorkerNode _node;
    private readonly WorkerMachine _machine = new(WorkerPolicy.Default);
    private readonly LeaseMachine _lease = new();
    private readonly TaskHost _tasks;
    private readonly Queue<WorkerInput> _inputs = new();
    private readonly List<WorkerEffect> _effects = [];
    private readonly Dictionary<TaskId, uint> _partitions = [];
    private readonly Life _life;
    private readonly Action _drain;
    private StreamEnd? _session;
    private StreamEnd? _data;
    private StreamEnd? _answers;
    private ulong _sessionNumber;
    private TimeSpan _helloAt;
    private TimeSpan _reportedAt;
    private TimeSpan _heardAt;
    private bool _leaseHeld;
    private bool _draining;

    public WorkerProcess(WorkerNode node, ICoordinatorAddress coordinator)
    {
        _node = node;
        Coordinator = coordinator;
        _life = node.Life!;
        Incarnation = (ulong)_life.Number;
        _tasks = new TaskHost(this, node);
        _drain = () =>
        {
            _draining = false;
            HandleAll();
        };
    }

    public ICoordinatorAddress Coordinator { get; }

    public ulong Incarnation { get; }

    public IEnumerable<RunningTask> Running => _tasks.Running;

    private FetchOpen Opening => new(_node.Name, Incarnation, _sessionNumber);

    private Now Now => _node.Clock.Now;

    public void Start()
    {
        Dial();
        _node.Every(_tick, Tick);
        _node.Every(_progress, _tasks.Report);
    }

    public void Drain() => Post(new DrainAsked("SIGTERM"));

    /// <summary>The partition that a task reads; only for the history.</summary>
    public uint PartitionOf(TaskId task) => _partitions[task];

    /// <summary>Tells the machine something, in a moment and in order.</summary>
    public void Post(WorkerInput input)
    {
        if (input is GapFound or TaskDamaged or CheckpointFailed)
        {
            _node.World.Trace.Add(input.GetType().Name, _node.Name);
        }

        _inputs.Enqueue(input);
        if (!_draining)
        {
            _draining = true;
            _node.World.Scheduler.After(_node.Random.Between(0, 100), _life, _drain);
        }
    }

    private void HandleAll()
    {
        while (!_life.Ended && _inputs.TryDequeue(out WorkerInput? next))
        {
            _machine.Handle(next, Now, _effects);
            foreach (WorkerEffect effect in _effects)
            {
                Carry(effect);
            }

            _effects.Clear();
        }
    }

    private void Tick()
    {
        bool held = _lease.IsValid(Now.Uptime);
        if (held != _leaseHeld)
        {
            _leaseHeld = held;
            _node.World.Trace.Add(held ? "lease held" : "lease ended", _node.Name);
            Post(held ? new LeaseRenewed() : new LeaseEnded());
        }

        // A stream that says nothing for a whole lease is given up.
        if (_session is not null && Now.Uptime - _heardAt > _node.World.Options.Lease)
        {
            _session.Abort();
            SessionOver();
        }

        _inputs.Enqueue(_timePassed);
        HandleAll();
        if (_life.Ended)
        {
            return;
        }

        if (_machine.HasWarmCopies && Now.Uptime - _reportedAt >= _machine.ReportInterval)
        {
            _reportedAt = Now.Uptime;
            _tasks.Report();
        }
    }

    private void Dial()
    {
        _heardAt = Now.Uptime;
        _helloAt = Now.Uptime;
        HandleAll();
        StreamEnd session = Coordinator.Connect(_node);
        _session = session;
        _node.Contact.Dialed(_life, session);
        session.Received = Hear;
        session.Broken = SessionOver;
        Holdings held = _machine.Held;
        session.Send(new SessionHello(
            _node.Name,
            Incarnation,
            [.. held.Tasks.Select(h => new HeldTask(h.Task, h.Epoch, h.Position))],
            held.ReceivedPosition));
    }

    private void SessionOver()
    {
        _session = null;
        _data?.Abort();
        _data = null;
        _answers?.Abort();
        Post(new DataStreamEnded(_tasks.Close()));
        _lease.Close();
        if (_sessionNumber != 0)
        {
            Post(new SessionLost(_sessionNumber));
            _sessionNumber = 0;
        }

        _node.After(TimeSpan.FromMilliseconds(_node.Random.Between(10, 300)), Dial);
    }

    private void Hear(object message)
    {
        _heardAt = Now.Uptime;
        switch (message)
        {
            case SessionWelcome welcome:
                Welcomed(welcome);
                break;
            case HeartbeatAck ack:
                _lease.Answer(ack.Sequence);
                _tasks.Gate.Set(_lease.EndsAt);
                break;
            case Assign assign:
                _partitions[assign.Task] = assign.Partition.Value;
                Post(new Assigned(GrantOf(assign)));
                break;
            case FinishTask finish:
                Post(new Ending(finish.Task, finish.Epoch, finish.End.NextOffset));
                break;
            case TakeSnapshot take:
                Post(new SnapshotAsked(take.Task, take.Epoch));
                break;
            case GiveVerdicts give:
                Post(new VerdictsGiven(give.Task, give.Epoch, give.List));
                break;
            case GiveLeave give:
                Post(new LeaveGiven(give.Task, give.Epoch, give.Leave));
                break;
            case Revoke revoke:
                Post(new Revoked(revoke.Task, revoke.Epoch, revoke.Reason));
                break;
            case Fenced fenced:
                Post(new WasFenced(fenced.Task, fenced.Epoch, fenced.Reason));
                break;
            case CommitAnswer answer:
                NoteAnswer(answer);
                Post(new CommitAnswered(
                    answer.CommitId, answer.Task, answer.Epoch, answer.Accepted, answer.Reason));
                break;
            case Refused refused:
                _node.World.Trace.Say(_node.Name, $"session ended: {refused.Why.Reason} {refused.Why.Message}");
                break;
        }
    }

    private void Welcomed(SessionWelcome welcome)
    {
        _sessionNumber = welcome.Session;
        _lease.Open(welcome.Welcome.Lease, _helloAt);
        _tasks.Gate.Set(_lease.EndsAt);
        OpenData();
        OpenAnswers();
        Post(new SessionOpened(welcome.Session, welcome.Welcome.CheckpointInterval));
        Beat(_session!, welcome.Welcome.HeartbeatInterval);
    }

    private void OpenData()
    {
        StreamEnd data = Coordinator.Connect(_node);
        _data = data;
        _tasks.Open(data);
        data.Broken = () =>
        {
            if (_data == data)
            {
                _data = null;
                Post(new DataStreamEnded(_tasks.Close()));
                _node.After(TimeSpan.FromMilliseconds(_node.Random.Between(5, 100)), ReopenData);
            }
        };
        data.Send(Opening);
    }

    private void OpenAnswers()
    {
        StreamEnd answers = Coordinator.Connect(_node);
        _answers = answers;
        var sink = new AnswerStream(answers);
        answers.Received = message => _tasks.Ask((Protocol.Worker.V1.AnswerResponse)message, sink);
        answers.Send(new AnswersOpen(Opening));
    }

    private void ReopenData()
    {
        if (_session is not null && _sessionNumber != 0 && _data is null)
        {
            OpenData();
            Post(new DataStreamReset());
        }
    }

    private void Beat(StreamEnd session, TimeSpan interval)
    {
        if (_session == session)
        {
            session.Send(new SessionHeartbeat(_lease.Send(Now.Uptime)));
            _node.After(interval, () => Beat(session, interval));
        }
    }

    private void NoteAnswer(CommitAnswer answer)
    {
        string outcome = answer.Accepted ? "commit ok" : $"commit refused {answer.Reason}";
        _node.World.Trace.Add(outcome, _node.Name, answer.Task.Value, answer.CommitId);
        if (answer.Accepted)
        {
            _node.World.History.CommitsSeen.Add(new CommitSeen(
                $"{_node.Name}/{Incarnation}",
                answer.Task.Value,
                answer.Epoch.Value,
                answer.CommitId,
                0,
                _node.World.Scheduler.NowUs));
        }
        else
        {
            string what = $"commit {answer.CommitId} of {answer.Task} refused: {answer.Reason}";
            _node.World.Trace.Say(_node.Name, what);
            if (answer.Reason == "AUDIT_MISMATCH")
            {
                _node.World.History.Report("V10", $"{_node.Name}: {what}");
            }
        }
    }

    private void Carry(WorkerEffect effect)
    {
        switch (effect)
        {
            case SendCommit commit:
                _session?.Send(new SessionCommit(
                    commit.CommitId,
                    commit.Checkpoint.Task,
                    commit.Checkpoint.Epoch,
                    commit.Checkpoint.Point,
                    [.. commit.Checkpoint.Outputs.Select(o => (o.Topic, o.LastSequence))]));
                break;
            case SendProgress progress:
                _session?.Send(new SessionProgress([.. progress.Tasks.Select(ProgressOf)]));
                break;
            case SendPoison poison:
                _session?.Send(new SessionPoison(poison.Task, poison.Epoch, poison.Event));
                break;
            case SendTrial trial:
                _session?.Send(new SessionTrial(trial.Task, trial.Epoch, trial.Trial));
                break;
            case SendGoodbye goodbye:
                _session?.Send(new SessionGoodbye(goodbye.Reason));
                break;
            case Leave:
                _session?.Close();
                _node.End(silent: false);
                _node.StartAfter(_node.Random.Between(100_000L, 3_000_000));
                break;
            case SendRevokeDone:
                break;
            case NoteCommitRefused refused:
                _node.World.Trace.Say(_node.Name, $"gives up a commit of {refused.Task}: {refused.Reason}");
                break;
            default:
                _tasks.Carry(effect);
                break;
        }
    }

    private static TaskProgress ProgressOf(TaskStanding standing) => new(
        standing.Task,
        standing.Epoch,
        (TaskRunState)standing.Phase,
        standing.Position,
        standing.NextOffset,
        (ulong)standing.StateBytes,
        standing.FirstEventUs,
        standing.BusyUs);

    private static TaskGrant GrantOf(Assign assign) =>
        new(
            assign.Task,
            assign.Epoch,
            assign.Operator,
            assign.KeyGroups,
            assign.KeyGroupCount,
            assign.Restore)
        {
            Confirmed = assign.Confirmed,
            Warm = assign.Warm,
            Standby = assign.Standby,
            Origins = assign.Origins,
            Verdicts = assign.Verdicts,
            Careful = assign.Careful,
            EndOffset = assign.End?.NextOffset,
            Job = assign.Job,
            Stage = assign.Stage,
            Topic = assign.Topic,
            PartitionIndex = assign.PartitionIndex,
            KeyFunction = assign.KeyFunction,
        };
}
