using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Crashes;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Coordinators;

/// <summary>The coordinator's ends of control streams.</summary>
internal sealed class SessionPort(CoordinatorProcess process, CoordinatorNode node)
{
    private static readonly WorkerFacts _facts =
        new("sim", 0, SimOperators.Names, new Dictionary<string, string>());

    private static readonly WorkerLoad _load =
        new(0.1, 1 << 20, 1 << 30, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    private readonly Dictionary<ulong, OpenSession> _open = [];
    private ulong _lastNumber = process.Incarnation << 32;

    public void Accept(StreamEnd stream, SessionHello hello)
    {
        var session = new OpenSession(++_lastNumber, hello.Worker, hello.Incarnation, stream);
        _open[session.Number] = session;
        stream.Received = message => Take(session, message);
        stream.Broken = () => Broken(session);
        process.Handle(new WorkerHello(
            hello.Worker, hello.Incarnation, session.Number, _facts, hello.Held, hello.ReceivedPosition));
    }

    /// <summary>Whether a data stream may name this session.</summary>
    public bool IsOpen(FetchOpen open) =>
        _open.TryGetValue(open.Session, out OpenSession? session)
        && session.Worker == open.Worker
        && session.Incarnation == open.Incarnation;

    public void Tell(ulong number, object message)
    {
        if (!_open.TryGetValue(number, out OpenSession? session))
        {
            return;
        }

        if (message is Assign assign)
        {
            session.Grants[assign.Task] = (assign.Partition, assign.Restore.Position);
        }

        session.Stream.Send(message is Welcome welcome ? new SessionWelcome(number, welcome) : message);
    }

    public void End(ulong number, Refusal why)
    {
        if (_open.Remove(number, out OpenSession? session))
        {
            node.World.Trace.Add($"session ended {why.Reason}", session.Worker, number);
            session.Stream.Send(new Refused(why));
            session.Stream.Close();
        }
    }

    private void Broken(OpenSession session)
    {
        _open.Remove(session.Number);
        if (!session.SaidGoodbye)
        {
            process.Handle(new SessionBroken(session.Worker, session.Number));
        }
    }

    private void Take(OpenSession session, object message)
    {
        switch (message)
        {
            case SessionHeartbeat beat:
                process.Handle(new WorkerHeartbeat(session.Worker, session.Number, beat.Sequence, _load));
                break;
            case SessionProgress progress:
                process.Handle(new TaskProgressed(session.Worker, session.Number, progress.Tasks));
                break;
            case SessionCommit commit:
                // Gathered away from heartbeats, so later messages may overtake a commit.
                node.AfterUs(node.Random.Between(0, 300), () => Commit(session, commit));
                break;
            case SessionPoison poison:
                process.Handle(new PoisonReported(
                    session.Worker,
                    session.Number,
                    poison.Task,
                    poison.Epoch,
                    poison.Event.Offset,
                    poison.Event.Reason,
                    poison.Event.KeyIsParked,
                    poison.Event.Key,
                    poison.Event.Entry));
                break;
            case SessionTrial trial:
                process.Handle(new TrialAsked(
                    session.Worker, session.Number, trial.Task, trial.Epoch, trial.Trial));
                break;
            case SessionGoodbye goodbye:
                session.SaidGoodbye = true;
                process.Handle(new WorkerGoodbye(session.Worker, session.Number, goodbye.Reason));
                break;
        }
    }

    private void Commit(OpenSession session, SessionCommit commit)
    {
        PartitionAudit? audit = null;
        if (session.Grants.TryGetValue(commit.Task, out (PartitionId Partition, ulong Position) grant))
        {
            audit = process.Audit.Find(grant.Partition, commit.Point.Position, grant.Position);
        }

        process.Handle(new CommitRequested(
            session.Worker,
            session.Number,
            commit.CommitId,
            commit.Task,
            commit.Epoch,
            commit.Point,
            [.. commit.Outputs.Select(o => new TopicSequence(process.Routing.Topics[o.Topic].Topic, o.LastSequence))],
            IsSynced(commit),
            audit,
            SnapshotName.TryParse(commit.Point.SnapshotId, out SnapshotName name)
                ? process.Snapshots.BaseOf(name)?.ToString()
                : null));
    }

    private bool IsSynced(SessionCommit commit) =>
        SnapshotName.TryParse(commit.Point.SnapshotId, out SnapshotName name)
        && name.Task == commit.Task
        && name.Epoch == commit.Epoch
        && name.Position == commit.Point.Position
        && process.Snapshots.IsDurable(name);

    private sealed class OpenSession(ulong number, string worker, ulong incarnation, StreamEnd stream)
    {
        public ulong Number { get; } = number;

        public string Worker { get; } = worker;

        public ulong Incarnation { get; } = incarnation;

        public StreamEnd Stream { get; } = stream;

        public bool SaidGoodbye { get; set; }

        public Dictionary<TaskId, (PartitionId Partition, ulong Position)> Grants { get; } = [];
    }
}
