using Millrace.Common.Model;
using Millrace.Coordinator.Core.Crashes;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Membership;

/// <summary>Workers come, come back, and say goodbye.</summary>
internal sealed class Registration(
    Turn turn,
    MemberTable members,
    CrashWatch crashes,
    Transfers transfers,
    Mover mover,
    IncidentDesk incidents)
{
    private const int MaxOperators = 100;
    private const int MaxLabels = 64;

    /// <summary>No copy of a journal is older than that.</summary>
    private const ulong MostEpochsBehind = 1UL << 32;

    /// <summary>Where the journal ended when this coordinator started.</summary>
    private ulong _startedAt;

    /// <summary>After a start: whoever owns tasks is presumed to live for one lease.</summary>
    public void PresumeOwners()
    {
        _startedAt = turn.NextRecordPosition;
        IEnumerable<AssignedTask> newestPerOwner = turn.State.Assignments.All
            .Where(t => t.Worker.Length > 0)
            .OrderByDescending(t => t.Epoch.Value)
            .DistinctBy(t => t.Worker);
        foreach (AssignedTask task in newestPerOwner)
        {
            var member = new Member(task.Worker)
            {
                Incarnation = task.Owner.Incarnation,
                Vitals = NewVitals(),
            };
            member.Become(WorkerState.Suspect, HealthReasons.CoordinatorRestarted, turn.Now);
            members.Add(member);
        }
    }

    public void Hello(WorkerHello hello)
    {
        Member? member = members.Find(hello.Worker);
        if (Check(hello, member) is { } refusal)
        {
            turn.Emit(new EndSession(hello.Worker, hello.Session, refusal));
            return;
        }

        bool isKnown = member is { Session: > 0 };
        if (member is null)
        {
            member = new Member(hello.Worker) { Vitals = NewVitals() };
            members.Add(member);
        }

        bool sameLife = member.Incarnation == hello.Incarnation;
        bool continues = sameLife && member.Holds;
        EndOldSession(member, hello);
        Register(member, hello, continues);
        turn.Tell(member, new Welcome(
            turn.State.Incarnation,
            turn.Policy.Lease,
            turn.Policy.HeartbeatInterval,
            turn.Policy.CheckpointInterval));
        if (!isKnown)
        {
            StartOverFromAnOlderJournal(member, hello);
        }

        Reconcile(member, hello);
    }

    public void Goodbye(WorkerGoodbye goodbye)
    {
        if (members.InSession(goodbye.Worker, goodbye.Session) is not { } member)
        {
            return;
        }

        member.Become(WorkerState.Left, HealthReasons.Goodbye, turn.Now);
        turn.Raise(
            EventLevel.Info,
            "WORKER_LEFT",
            $"workers/{member.Name}",
            $"Worker {member.Name} said goodbye ({Shorten(goodbye.Reason)}).");
    }

    private Vitals NewVitals() => new(
        new HeartbeatRhythm(turn.Policy.HeartbeatInterval, turn.Policy.Detection.LeastDeviation), turn.Now.Uptime);

    private static string Shorten(string text) => text.Length <= 100 ? text : text[..100];

    private void EndOldSession(Member member, WorkerHello hello)
    {
        if (member.HasStream)
        {
            turn.Emit(new EndSession(member.Name, member.Session, SessionRefusals.Replaced(member.Name)));
        }

        if (member.Holds && member.Incarnation != hello.Incarnation)
        {
            turn.Raise(
                EventLevel.Warn,
                "WORKER_RESTARTED",
                $"workers/{member.Name}",
                $"Worker {member.Name} came back as a new process; what the old one held is given out anew.");
            crashes.Fell(member, ended: true);
        }
    }

    private void Register(Member member, WorkerHello hello, bool continues)
    {
        if (!continues)
        {
            member.Vitals = NewVitals();
        }

        member.Incarnation = hello.Incarnation;
        member.Session = hello.Session;
        member.Facts = hello.Facts;
        member.Vitals.Open(turn.Now.Uptime);
        member.Become(WorkerState.Alive, HealthReasons.Registered, turn.Now);
        if (continues)
        {
            return;
        }

        member.Load = null;
        member.Weight = 1;
        member.JoinedAt = turn.Now.Uptime;
        member.AwaitsShare = true;
        turn.Raise(
            EventLevel.Info,
            "WORKER_JOINED",
            $"workers/{member.Name}",
            $"Worker {member.Name} ({Shorten(hello.Facts.Sdk)}) registered.");
    }

    /// <summary>Workers are told nothing that is not on the disk. One that comes from before this coordinator's start,
    /// and knows more than was on the disk then, tells that the disk has gone back in time. What it holds is told as of
    /// its last report, so none of that can be kept.</summary>
    private void StartOverFromAnOlderJournal(Member member, WorkerHello hello)
    {
        Epoch last = turn.State.Assignments.LastEpoch;
        Epoch known = hello.Held.Select(h => h.Epoch).DefaultIfEmpty().Max();
        ulong seen = hello.Held.Select(h => h.Position).Append(hello.ReceivedPosition).Max();
        if (known <= last && seen <= _startedAt)
        {
            return;
        }

        incidents.Raise(IncidentDesk.Of(
            EventLevel.Crit,
            IncidentReasons.JournalRolledBack,
            $"workers/{member.Name}",
            $"Worker {member.Name} has seen the journal up to {seen} and holds epochs up to {known}; the journal ended "
                + $"at {_startedAt} when the coordinator started, and knows no epoch above {last}. So it is an older "
                + "copy, or the disk has lost what it had confirmed.",
            "What was acknowledged since then is gone, unless its producers send it again; tasks start over from "
                + "the commits that this journal knows. If the newer data directory still exists, stop this "
                + "coordinator and start one on that. If no copy was put back, do not trust the disk."));
        if (known > last)
        {
            turn.Record(new EpochsSkipped(known));
        }

        foreach (AssignedTask task in turn.State.Assignments.Copies.On(member.Owner).ToArray())
        {
            WarmCopy copy = task.Copies.First(c => c.Owner == member.Owner);
            transfers.End(task, copy, MoveReasons.Of(AssignReason.CommitMismatch));
        }

        foreach (AssignedTask task in turn.State.Assignments.OwnedBy(member.Owner).ToArray())
        {
            mover.Move(task, member, AssignReason.CommitMismatch, operation: 0);
        }
    }

    /// <summary>Confirms what it holds rightly, gives again what it should hold and does not, and fences the
    /// rest.</summary>
    private void Reconcile(Member member, WorkerHello hello)
    {
        var confirmed = new HashSet<TaskId>();
        var copies = new HashSet<TaskId>();
        foreach (HeldTask held in hello.Held)
        {
            AssignedTask? task = turn.State.Assignments.Find(held.Task);
            if (task is not null && task.Epoch == held.Epoch && task.Owner == member.Owner)
            {
                confirmed.Add(held.Task);
            }
            else if (task?.Copies.FirstOrDefault(c => c.Epoch == held.Epoch && c.Owner == member.Owner) is { } copy)
            {
                if (!copy.IsLoaded || held.Position >= task.OlderRestore.Position)
                {
                    copies.Add(held.Task);
                }
            }
            else
            {
                if (task is not null)
                {
                    incidents.LostOwnerSpoke(task, member.Name, "came back");
                }

                turn.Tell(member, new Fenced(held.Task, held.Epoch, "STALE_EPOCH"));
            }
        }

        foreach (AssignedTask task in turn.State.Assignments.OwnedBy(member.Owner))
        {
            turn.Tell(member, Grants.Of(turn.State, task, confirmed.Contains(task.Id)));
        }

        transfers.Remind(member, copies);
    }

    private Refusal? Check(WorkerHello hello, Member? member)
    {
        if (Names.Check(hello.Worker, "worker") is { } badName)
        {
            return badName;
        }

        if (hello.Facts.Operators.Count > MaxOperators || hello.Facts.Labels.Count > MaxLabels)
        {
            return Refusal.BadField(
                "hello",
                $"A worker may name at most {MaxOperators} operators and {MaxLabels} labels.");
        }

        if (hello.Held.Any(h => h.Epoch.Value > turn.State.Assignments.LastEpoch.Value + MostEpochsBehind))
        {
            return Refusal.BadField("hello.held.epoch", "No cluster has come to so high an epoch.");
        }

        if (member is not null)
        {
            return hello.Session <= member.Session ? SessionRefusals.Replaced(hello.Worker) : null;
        }

        return members.Count >= turn.Policy.MaxWorkers && !ForgetOne()
            ? Refusals.Full("workers", turn.Policy.MaxWorkers, "TOO_MANY_WORKERS")
            : null;
    }

    private bool ForgetOne()
    {
        Member? oldest = members.All.Where(m => !m.Holds).MinBy(m => m.StateSince);
        if (oldest is not null)
        {
            members.Remove(oldest);
        }

        return oldest is not null;
    }
}
