using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Checkpoints;

/// <summary>Takes commits of checkpoints.</summary>
internal sealed class CommitCommands(
    Turn turn, MemberTable members, Mover mover, Targets targets, IncidentDesk incidents, Mender mender)
{
    private readonly CommitRule _rule = new(turn.State, members);

    public void Commit(CommitRequested commit)
    {
        CommitVerdict verdict = _rule.Judge(commit);
        bool accepted = verdict.Outcome is CommitOutcome.Accept or CommitOutcome.Repeat;
        AssignedTask? task = turn.State.Assignments.Find(commit.Task);
        if (verdict.Outcome == CommitOutcome.Accept)
        {
            Accept(commit, task!);
        }

        turn.Emit(new Tell(
            commit.Worker,
            commit.Session,
            new CommitAnswer(commit.CommitId, commit.Task, commit.Epoch, accepted, verdict.Reason)));
        if (verdict.Outcome == CommitOutcome.Mismatch)
        {
            StartOver(commit, task!);
        }
        else if (verdict.Reason == CommitRule.StaleEpoch && task is not null)
        {
            incidents.LostOwnerSpoke(task, commit.Worker, "sent a commit");
        }
    }

    private void Accept(CommitRequested commit, AssignedTask task)
    {
        bool isStoredAgain = commit.Point == task.Restore;
        turn.Record(new TaskCommitted(
            commit.Task,
            commit.Epoch,
            commit.CommitId,
            commit.Point,
            commit.Outputs,
            turn.Now.UnixMs,
            Replaces: commit.Base is not null || task.Newest?.Point.Position == commit.Point.Position));
        turn.Emit(new KeepSnapshots(task.Id, task.Snapshots));
        if (isStoredAgain)
        {
            mender.StoredAgain(task);
        }
    }

    /// <summary>The owner read something else than the journal holds: from the last good commit, elsewhere if
    /// possible.</summary>
    private void StartOver(CommitRequested commit, AssignedTask task)
    {
        Job job = turn.State.Jobs.Get(task.Job);
        string expected = commit.Audit is { } audit
            ? $"offset {audit.NextOffset} and sum {audit.HashSum:x16}"
            : "no events of the partition in a frame that ends there";
        incidents.Raise(IncidentDesk.Of(
            EventLevel.Crit,
            IncidentReasons.CommitMismatch,
            $"jobs/{job.Name}/assignments/{job.Stage}-{task.Index}",
            $"Worker {task.Worker} committed offset {commit.Point.NextOffset} and sum {commit.Point.HashSum:x16} at "
                + $"{commit.Point.Position}; the journal holds {expected}. The task starts over from its last commit.",
            $"Results stay exact. Memory or processor of the machine of {task.Worker} may be at fault, or its program: "
                + "see its log, and drain it when it happens again."));
        Member? target = targets.FindElsewhere(task) ?? members.Holder(task.Owner);
        mover.Move(task, target, AssignReason.CommitMismatch, operation: 0);
        mover.Summarise();
    }
}
