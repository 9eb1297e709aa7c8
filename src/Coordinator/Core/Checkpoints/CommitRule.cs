using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Checkpoints;

/// <summary>What becomes of a commit.</summary>
internal enum CommitOutcome
{
    Accept,

    /// <summary>It was accepted before.</summary>
    Repeat,

    Refuse,

    /// <summary>The owner's input is not what the journal holds: it must start over.</summary>
    Mismatch,
}

/// <param name="Reason">A stable word; empty unless refused or mismatched.</param>
internal readonly record struct CommitVerdict(CommitOutcome Outcome, string Reason);

/// <summary>Rule 5: when a checkpoint counts. Safety rests on this alone, not on leases or on who is believed to
/// live.</summary>
internal sealed class CommitRule(CoordinatorState state, MemberTable members)
{
    public const string StaleEpoch = "STALE_EPOCH";

    public CommitVerdict Judge(CommitRequested commit)
    {
        AssignedTask? task = state.Assignments.Find(commit.Task);
        if (task is null || !IsOfEpoch(commit, task))
        {
            return Refuse(StaleEpoch);
        }

        if (!IsOnSession(commit))
        {
            return Refuse(SessionRefusals.StaleSession);
        }

        if (Earlier(task, commit) is { } earlier)
        {
            return earlier.Point == commit.Point
                ? new CommitVerdict(CommitOutcome.Repeat, "")
                : Refuse("REQUEST_ID_REUSED");
        }

        RestorePoint current = task.Restore;
        if (commit.Point.Position < current.Position)
        {
            return Refuse("COMMIT_REGRESSED");
        }

        if (!OutputsAreStored(task, commit))
        {
            return Refuse("OUTPUTS_MISSING");
        }

        if (!IsAsJournaled(commit, current))
        {
            return new CommitVerdict(CommitOutcome.Mismatch, "AUDIT_MISMATCH");
        }

        bool synced = commit.SnapshotSynced || Mutants.Is(Mutant.CommitBeforeSnapshotSynced);
        return synced && IsNamedRightly(commit) && (commit.Base ?? current.SnapshotId) == current.SnapshotId
            ? new CommitVerdict(CommitOutcome.Accept, "")
            : Refuse("SNAPSHOT_MISSING");
    }

    private static CommitVerdict Refuse(string reason) => new(CommitOutcome.Refuse, reason);

    private static TaskCommitted? Earlier(AssignedTask task, CommitRequested commit) =>
        new[] { task.Newest, task.Previous }
            .FirstOrDefault(c => c is not null && c.Epoch == commit.Epoch && c.CommitId == commit.CommitId);

    private static bool IsNamedRightly(CommitRequested commit) =>
        SnapshotName.TryParse(commit.Point.SnapshotId, out SnapshotName name)
        && name.Task == commit.Task
        && name.Position == commit.Point.Position
        && name.Epoch <= commit.Epoch;

    private bool IsOfEpoch(CommitRequested commit, AssignedTask task) =>
        Mutants.Is(Mutant.EqualOrOlderEpochAccepted)
            ? commit.Epoch <= task.Epoch
            : (commit.Epoch == task.Epoch && members.Find(commit.Worker)?.Owner == task.Owner)
                || (Mutants.Is(Mutant.WarmCopyCommits) && task.Copies.Any(c => c.Epoch == commit.Epoch))
                || Mutants.Is(Mutant.CommitsJudgedByLease);

    /// <summary>A commit that comes on a stream which was replaced is to be sent again on the new one.</summary>
    private bool IsOnSession(CommitRequested commit) =>
        Mutants.Is(Mutant.EqualOrOlderEpochAccepted)
        || members.InSession(commit.Worker, commit.Session) is not null;

    /// <summary>Counts and sums of the input are the journal's own, or nothing was read since the last
    /// commit.</summary>
    private static bool IsAsJournaled(CommitRequested commit, RestorePoint current)
    {
        RestorePoint point = commit.Point;
        return commit.Audit is { } audit
            ? point.NextOffset == audit.NextOffset && point.HashSum == audit.HashSum
            : point.Position == current.Position
                && point.NextOffset == current.NextOffset
                && point.HashSum == current.HashSum;
    }

    /// <summary>A task's outputs are published by a producer of its own; records of them come before the
    /// commit's.</summary>
    private bool OutputsAreStored(AssignedTask task, CommitRequested commit)
    {
        if (Mutants.Is(Mutant.CommitBeforeOutputs))
        {
            return true;
        }

        if (commit.Outputs.Count > state.Topics.Count)
        {
            return false;
        }

        foreach (TopicSequence output in commit.Outputs)
        {
            ulong stored = 0;
            if (state.Producers.Find(TaskProducers.IdOf(task.Id)) is { } producer
                && producer.Topics.TryGetValue(output.Topic, out var progress))
            {
                stored = progress.Last;
            }

            ulong before = task.Newest?.Outputs.FirstOrDefault(o => o.Topic == output.Topic)?.LastSequence ?? 0;
            if (output.LastSequence > stored || output.LastSequence < before)
            {
                return false;
            }
        }

        return true;
    }
}
