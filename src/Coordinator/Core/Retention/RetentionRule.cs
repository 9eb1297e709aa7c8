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

    /// <remarks>Asked for with every frame: who needs a position is put into words only when it is the lowest so
    /// far.</remarks>
    public RetentionFloor Floor(Now now, ulong durableEnd)
    {
        var floor = RetentionFloor.Nobody(durableEnd);
        foreach (Topic topic in turn.State.Topics.All)
        {
            floor = OfTopic(floor, topic, now);
        }

        foreach (AssignedTask task in turn.State.Assignments.All)
        {
            if (Mutants.Is(Mutant.TrimmedByRetentionAlone))
            {
                continue;
            }

            floor = OfTask(floor, task, durableEnd);
            foreach (WarmCopy standby in task.Copies)
            {
                floor = standby.IsLoaded ? OfStandby(floor, task, standby) : floor;
            }
        }

        foreach (RetiredTask task in turn.State.Assignments.Retired.All)
        {
            floor = OfRetired(floor, task);
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

    private RetentionFloor OfTopic(RetentionFloor floor, Topic topic, Now now)
    {
        ulong position = Math.Max(
            turn.State.Marks.Trimmed, turn.State.Marks.WrittenBefore(now.UnixMs - topic.RetentionMs));
        return position >= floor.Position || topic.Partitions.All(IsEmpty)
            ? floor
            : new RetentionFloor(
                position, $"topic {topic.Name}, which keeps events for {TimeSpan.FromMilliseconds(topic.RetentionMs)}");
    }

    private bool IsEmpty(Partition partition) =>
        turn.State.Partitions.Get(partition.Id) is var count && count.NextOffset == count.FirstOffset;

    /// <summary>Whoever goes on from its end must find all that came after; and if its last snapshot turned out to be
    /// lost, what came before.</summary>
    private RetentionFloor OfRetired(RetentionFloor floor, RetiredTask task) => task.Position >= floor.Position
        ? floor
        : new RetentionFloor(
            task.Position,
            $"task {task.Id.Value} (job {turn.State.Jobs.Get(task.Job).Name}), from which task {task.Successors.Min} "
                + "has yet to take over");

    /// <summary>It goes on from where it is. One that has not been heard of yet may be anywhere.</summary>
    private RetentionFloor OfStandby(RetentionFloor floor, AssignedTask task, WarmCopy standby)
    {
        CopyWatch watch = transfers.WatchOf(standby);
        ulong position = Math.Max(turn.State.Marks.Trimmed, watch.Position);
        bool isDone = watch.Position > 0
            && turn.State.Partitions.Get(task.Partition).NextOffset == watch.NextOffset;
        return isDone || position >= floor.Position
            ? floor
            : new RetentionFloor(
                position,
                $"the standby of task {task.Id.Value} (job {turn.State.Jobs.Get(task.Job).Name}) on worker "
                    + standby.Owner.Worker);
    }

    private RetentionFloor OfTask(RetentionFloor floor, AssignedTask task, ulong durableEnd)
    {
        ulong position = task.OlderRestore.Position;
        if (turn.State.Topics.Get(task.Partition) is { IsOpen: false } partition)
        {
            ulong end = partition.SealedAt > 0 ? partition.SealedAt : durableEnd;
            position = Math.Min(position, end);
            return position >= floor.Position
                ? floor
                : new RetentionFloor(
                    position,
                    $"task {task.Id.Value} (job {turn.State.Jobs.Get(task.Job).Name}), which has yet to end at {end}");
        }

        bool isDone = turn.State.Partitions.Get(task.Partition).NextOffset == task.Restore.NextOffset
            && task.Copies.All(c => c.IsLoaded);
        if (isDone || position >= floor.Position)
        {
            return floor;
        }

        Job job = turn.State.Jobs.Get(task.Job);
        string owner = task.Worker.Length == 0 ? "which no worker owns" : $"owned by worker {task.Worker}";
        return new RetentionFloor(
            position, $"task {task.Id.Value} (job {job.Name}, partition {task.Index}, {owner})");
    }
}
