using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Retention;

/// <summary>The oldest journal position that somebody needs.</summary>
/// <param name="PinnedBy">Who needs it, for people.</param>
internal sealed record RetentionFloor(ulong Position, string PinnedBy)
{
    /// <summary>No topic and no task needs anything below.</summary>
    public static RetentionFloor Nobody(ulong durableEnd) => new(durableEnd, "recovery");
}

/// <summary>Decides what of the journal may go: what is past every topic's retention and below every task's restore
/// point.</summary>
internal sealed class RetentionRule(Turn turn, Transfers transfers)
{
    private readonly SealedPartitions _sealed = new(turn);

    public RetentionFloor Floor(Now now, ulong durableEnd)
    {
        var floor = RetentionFloor.Nobody(durableEnd);
        foreach (Topic topic in turn.State.Topics.All)
        {
            floor = Lower(floor, OfTopic(topic, now, durableEnd));
        }

        foreach (AssignedTask task in turn.State.Assignments.All)
        {
            if (Mutants.Is(Mutant.TrimmedByRetentionAlone))
            {
                continue;
            }

            floor = Lower(floor, OfTask(task, durableEnd));
            foreach (WarmCopy standby in task.Copies.Where(c => c.IsLoaded))
            {
                floor = Lower(floor, OfStandby(task, standby, durableEnd));
            }
        }

        foreach (RetiredTask task in turn.State.Assignments.Retired.All)
        {
            floor = Lower(floor, OfRetired(task));
        }

        return floor;
    }

    /// <summary>Gives up what nobody needs, at a marked position.</summary>
    public void Reclaim(ReclaimJournal input)
    {
        TimeMarks marks = turn.State.Marks;
        ulong floor = Math.Min(input.Below, Floor(turn.Now, input.Below).Position);
        if (marks.WorthTrimming(floor) is { } position)
        {
            turn.Record(new JournalTrimmed(position, turn.Now.UnixMs));
            turn.Emit(new TrimJournal(position));
        }

        _sealed.Forget();
    }

    private static RetentionFloor Lower(RetentionFloor a, RetentionFloor b) => b.Position < a.Position ? b : a;

    private RetentionFloor OfTopic(Topic topic, Now now, ulong durableEnd)
    {
        bool empty = topic.Partitions.All(p =>
            turn.State.Partitions.Get(p.Id) is var count && count.NextOffset == count.FirstOffset);
        return empty
            ? RetentionFloor.Nobody(durableEnd)
            : new RetentionFloor(
                Math.Max(turn.State.Marks.Trimmed, turn.State.Marks.WrittenBefore(now.UnixMs - topic.RetentionMs)),
                $"topic {topic.Name}, which keeps events for {TimeSpan.FromMilliseconds(topic.RetentionMs)}");
    }

    /// <summary>Whoever goes on from its end must find all that came after; and if its last snapshot turned out to be
    /// lost, what came before.</summary>
    private RetentionFloor OfRetired(RetiredTask task) => new(
        task.Position,
        $"task {task.Id.Value} (job {turn.State.Jobs.Get(task.Job).Name}), from which task {task.Successors.Min} has "
            + "yet to take over");

    /// <summary>It goes on from where it is. One that has not been heard of yet may be anywhere.</summary>
    private RetentionFloor OfStandby(AssignedTask task, WarmCopy standby, ulong durableEnd)
    {
        CopyWatch watch = transfers.WatchOf(standby);
        return watch.Position > 0 && turn.State.Partitions.Get(task.Partition).NextOffset == watch.NextOffset
            ? RetentionFloor.Nobody(durableEnd)
            : new RetentionFloor(
                Math.Max(turn.State.Marks.Trimmed, watch.Position),
                $"the standby of task {task.Id.Value} (job {turn.State.Jobs.Get(task.Job).Name}) on worker "
                    + standby.Owner.Worker);
    }

    private RetentionFloor OfTask(AssignedTask task, ulong durableEnd)
    {
        if (turn.State.Topics.Get(task.Partition) is { IsOpen: false } partition)
        {
            ulong end = partition.SealedAt > 0 ? partition.SealedAt : durableEnd;
            return new RetentionFloor(
                Math.Min(task.OlderRestore.Position, end),
                $"task {task.Id.Value} (job {turn.State.Jobs.Get(task.Job).Name}), which has yet to end at {end}");
        }

        bool isDone = turn.State.Partitions.Get(task.Partition).NextOffset == task.Restore.NextOffset;
        if (isDone && task.Copies.All(c => c.IsLoaded))
        {
            return RetentionFloor.Nobody(durableEnd);
        }

        Job job = turn.State.Jobs.Get(task.Job);
        string owner = task.Worker.Length == 0 ? "which no worker owns" : $"owned by worker {task.Worker}";
        return new RetentionFloor(
            task.OlderRestore.Position,
            $"task {task.Id.Value} (job {job.Name}, partition {task.Index}, {owner})");
    }
}
