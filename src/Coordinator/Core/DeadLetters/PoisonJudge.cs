using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>Decides about events that tasks cannot apply (rule of exactness 6): a verdict is a record first, and the
/// task hears of it when that is durable.</summary>
internal sealed class PoisonJudge(Turn turn, MemberTable members)
{
    private DeadLetterTable Table => turn.State.DeadLetters;

    public void Report(PoisonReported report)
    {
        if (turn.State.Assignments.Find(report.Task) is not { } task
            || !members.SpeaksFor(report.Worker, report.Session, task, report.Epoch)
            || members.Holder(task.Owner) is not { } member)
        {
            return;
        }

        TaskVerdicts? verdicts = Table.Of(task.Id);
        bool wasJudged = verdicts?.Passes(report.Offset) == true
            || (report.Offset < task.Restore.NextOffset && !report.KeyIsParked);
        if (wasJudged || (report.KeyIsParked && verdicts?.IsParked(report.Key, report.Offset) != true))
        {
            Tell(member, task, report.Offset, wasJudged);
        }
        else if (report.Offset < turn.State.Partitions.Get(task.Partition).NextOffset)
        {
            Judge(report, task, verdicts);
        }
    }

    /// <summary>Tells whoever runs or copies the task what is to become of its events from an offset on.</summary>
    public void Announce(AssignedTask task, ulong from)
    {
        if (members.Holder(task.Owner) is { HasStream: true } owner)
        {
            Tell(owner, task, from, passes: false);
        }

        // A copy asks for nothing and may be restored again, so it has to know all that is known.
        foreach (WarmCopy copy in task.Copies)
        {
            if (members.Holder(copy.Owner) is { HasStream: true } follower)
            {
                turn.Tell(follower, new GiveVerdicts(task.Id, copy.Epoch, Table.VerdictsOf(task.Id, from: 0)));
            }
        }
    }

    private void Judge(PoisonReported report, AssignedTask task, TaskVerdicts? verdicts)
    {
        Job job = turn.State.Jobs.Get(task.Job);
        bool isLetter = report.KeyIsParked || job.BadEvents.Policy == BadEventPolicy.Quarantine;
        if (!isLetter && job.BadEvents.Policy != BadEventPolicy.Skip)
        {
            Stop(report, task, job, verdicts, "");
        }
        else if (isLetter && WhyNoRoom(report, job) is { } full)
        {
            Stop(report, task, job, verdicts, full);
        }
        else
        {
            Pass(report, task, job, isLetter);
        }
    }

    private void Pass(PoisonReported report, AssignedTask task, Job job, bool isLetter)
    {
        DeadLetter? letter = isLetter
            ? new DeadLetter(
                Table.LastLetter + 1,
                job.Id,
                task.Partition,
                report.Offset,
                BadEventBounds.Reason(report.Reason),
                report.Key,
                report.Entry,
                turn.Now.UnixMs)
            : null;
        bool parks = isLetter && !report.KeyIsParked && job.BadEvents.ParkKey;
        turn.Record(new EventJudged(
            job.Id, task.Id, report.Epoch, report.Offset, letter, parks, turn.Now.UnixMs));
        if (letter is not null && !report.KeyIsParked)
        {
            turn.Raise(
                EventLevel.Warn,
                "DEAD_LETTER",
                $"{TaskName.Of(job, task)}",
                $"The event at offset {report.Offset} is dead letter {letter.Number}: {letter.Reason}."
                    + (parks ? " Later events of its key follow it until the key is released." : ""));
        }

        Announce(task, report.Offset);
    }

    /// <param name="full">Why there is no room for a dead letter; empty: the job's rule wants it to stop.</param>
    private void Stop(PoisonReported report, AssignedTask task, Job job, TaskVerdicts? verdicts, string full)
    {
        StoppedEvent? known = verdicts?.Stopped is { } stopped && stopped.Offset == report.Offset ? stopped : null;
        if (known is not null && known.IsFull == full.Length > 0)
        {
            return;
        }

        string reason = BadEventBounds.Reason(report.Reason) + full;
        turn.Record(new TaskStopped(
            job.Id,
            task.Id,
            report.Epoch,
            report.Offset,
            reason,
            full.Length > 0,
            turn.Now.UnixMs,
            TookProcessDown: known?.TookProcessDown == true || task.Trail?.Forbidden == report.Offset));
        turn.Raise(
            EventLevel.Crit,
            "TASK_STOPPED",
            $"{TaskName.Of(job, task)}",
            $"The event at offset {report.Offset} of partition {task.Index} cannot be applied: {reason}. The task "
                + "stands still there; see millrace jobs bad-events and millrace dead-letters.");
    }

    private string? WhyNoRoom(PoisonReported report, Job job)
    {
        DeadLetterCounts counts = Table.CountsOf(job.Id);
        if (report.Entry.Length == 0 || report.Entry.Length > turn.Policy.MaxDeadLetterBytes)
        {
            return $"; and it is larger than {turn.Policy.MaxDeadLetterBytes} bytes, the most that a dead letter has";
        }

        return counts.Kept >= turn.Policy.MaxDeadLetters
            || counts.KeptBytes + report.Entry.Length > turn.Policy.MaxDeadLetterBytesPerJob
                ? $"; and the job has {counts.Kept} dead letters of {counts.KeptBytes} bytes, the most that are kept"
                : null;
    }

    private void Tell(Member owner, AssignedTask task, ulong from, bool passes)
    {
        VerdictList list = Table.VerdictsOf(task.Id, from);
        if (passes && !list.Passed.Contains(from))
        {
            list = list with { Passed = [from, .. list.Passed] };
        }

        turn.Tell(owner, new GiveVerdicts(task.Id, task.Epoch, list));
    }
}
