using System.Collections.Immutable;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Views;

/// <summary>Copies what readers may see out of the tables.</summary>
internal sealed class ViewBuilder(
    CoordinatorState state,
    CoordinatorPolicy policy,
    MemberTable members,
    ProgressBoard progress,
    Transfers transfers)
{
    public ClusterView Build(Now now)
    {
        ImmutableArray<AssignmentView> assignments =
        [
            .. state.Jobs.All.SelectMany(j => TasksOf(j).Select(t => ViewOf(j, t))),
        ];
        ILookup<string, AssignmentView> byJob = assignments.ToLookup(a => a.Job);
        var roster = new Roster(members, state);
        return new ClusterView(
            state.ClusterName,
            state.Revision,
            state.Incarnation,
            state.StartedUnixMs,
            now.UnixMs,
            RemovalCheck.WhyNot(state, roster, assignments.Count(a => a.State == AssignmentState.Unassigned)),
            state.Partitions.EventCount,
            state.Marks.Trimmed,
            Workers(roster, assignments, now),
            [.. state.Topics.All.Select(ViewOf)],
            [.. state.Jobs.All.Select(j => ViewOf(j, [.. byJob[j.Name]]))],
            assignments,
            state.Events.ToList())
        {
            UnresolvedIncidents = state.Incidents.Unresolved.Count(),
        };
    }

    /// <returns>A <see cref="LocatedJob"/> or a <see cref="Refusal"/>.</returns>
    public object Locate(string name)
    {
        if (state.Jobs.Find(name) is not { } job)
        {
            return Refusals.NotFound("job", name);
        }

        LocatedTask[] tasks =
        [
            .. TasksOf(job).Select(t => new LocatedTask(
                t.Id,
                t.Partition,
                t.Index,
                state.Topics.Get(t.Partition).KeyGroups,
                t.Epoch,
                t.Worker,
                SessionOf(t),
                LastDataEnd(state.Topics.Get(t.Partition)),
                state.Topics.Get(t.Partition).SealedAt)
            {
                Share = state.Topics.Get(t.Partition).Share,
            }),
        ];
        return new LocatedJob(job.Name, job.Operator, job.Stage, state.Topics.Get(job.Topic).Route, tasks);
    }

    /// <summary>By partition index.</summary>
    private IEnumerable<AssignedTask> TasksOf(Job job) =>
        job.Tasks.Select(t => state.Assignments.Find(t)!).OrderBy(t => t.Index);

    /// <summary>Of a partition and of those that took over from it.</summary>
    private ulong LastDataEnd(Partition partition)
    {
        ulong end = state.Partitions.Get(partition.Id).LastDataEnd;
        foreach (PartitionId child in partition.Children)
        {
            end = Math.Max(end, LastDataEnd(state.Topics.Get(child)));
        }

        return end;
    }

    private ulong SessionOf(AssignedTask task) =>
        members.Holder(task.Owner) is { HasStream: true } holder ? holder.Session : 0;

    private ImmutableArray<WorkerView> Workers(
        Roster roster,
        ImmutableArray<AssignmentView> assignments,
        Now now)
    {
        ILookup<string, AssignmentView> byWorker = assignments.ToLookup(a => a.Worker);
        double total = roster.All.Sum(c => c.Member.Weight);
        return [.. members.All.Select(m => ViewOf(m, byWorker[m.Name].Count(), total, now))];
    }

    private WorkerView ViewOf(Member member, int held, double totalWeight, Now now)
    {
        TimeSpan age = now.Uptime - member.Vitals.LastHeard;
        WorkerOrder? order = state.Duties.Find(member.Name);
        TimeSpan lease = Diagnosis.IsVouchedFor(member.Vitals, now.Uptime, policy)
            ? policy.Detection.PausedLease
            : policy.Lease;
        TimeSpan remaining = member.Holds && age < lease ? lease - age : TimeSpan.Zero;
        return new WorkerView(
            member.Name,
            member.Incarnation,
            member.Session,
            member.State,
            member.Reason,
            member.StateUnixMs,
            age,
            remaining,
            member.Facts,
            member.Load,
            held,
            state.Duties.Takes(member) ? member.Weight / totalWeight : 0,
            order?.Duty ?? WorkerDuty.Open,
            order?.Note ?? "",
            order?.Operation ?? 0)
        {
            Evidence = WorkerEvidence.Of(member.Vitals, now.Uptime, policy),
            QuarantineLeft = member.Flaps.Until - now.Uptime,
            StandbyCount = state.Assignments.Copies.On(member.Owner)
                .Sum(t => t.Standbys.Count(c => c.Owner == member.Owner)),
        };
    }

    private TopicView ViewOf(Topic topic)
    {
        ImmutableArray<PartitionView> partitions =
        [
            .. topic.Partitions.Select(p => ViewOf(topic, p)),
        ];
        ulong events = topic.ForgottenEvents;
        foreach (PartitionView partition in partitions)
        {
            events += partition.NextOffset;
        }

        return new TopicView(
            topic.Id,
            topic.Name,
            topic.Route.KeyGroupCount,
            topic.RetentionMs,
            events,
            topic.CreatedUnixMs,
            partitions,
            topic.Route.Partitioner,
            state.Directories.Find(topic.Id) is { } keys ? new DirectoryView(keys.Count, keys.IsClosed) : null,
            topic.MapRevision);
    }

    private PartitionView ViewOf(Topic topic, Partition partition)
    {
        PartitionCount count = state.Partitions.Get(partition.Id);
        return new PartitionView(
            partition.Id,
            partition.Index,
            count.FirstOffset,
            count.NextOffset,
            partition.KeyGroups,
            count.LastDataEnd)
        {
            State = StateOf(topic, partition),
            SealedAt = partition.SealedAt,
            Share = partition.Share,
            Parents = [.. partition.Parents.Select(p => state.Topics.Get(p).Index)],
            Children = [.. partition.Children.Select(p => state.Topics.Get(p).Index)],
        };
    }

    private PartitionState StateOf(Topic topic, Partition partition)
    {
        if (partition.IsOpen)
        {
            return PartitionState.Open;
        }

        bool isRead = state.Jobs.All.Any(j =>
            j.Topic == topic.Id && state.Assignments.Find(j.Id, partition.Id) is not null);
        return isRead ? PartitionState.Sealing : PartitionState.Sealed;
    }

    private JobView ViewOf(Job job, AssignmentView[] assignments)
    {
        int unassigned = assignments.Count(a => a.State == AssignmentState.Unassigned);
        int failed = assignments.Count(a => a.Stopped is not null);
        ulong uncommitted = 0;
        ulong lag = 0;
        foreach (AssignmentView assignment in assignments)
        {
            uncommitted += assignment.NextOffset - assignment.CommittedOffset;
            lag += assignment.LagEvents;
        }

        return new JobView(
            job.Id,
            job.Name,
            job.Operator,
            job.Stage,
            state.Topics.Get(job.Topic).Name,
            failed > 0 ? JobState.Failed : unassigned > 0 ? JobState.Pending : JobState.Running,
            failed > 0 ? "BAD_EVENT" : unassigned > 0 ? "TASKS_WITHOUT_OWNER" : "",
            assignments.Length,
            unassigned,
            uncommitted,
            lag,
            job.CreatedUnixMs)
        {
            Standbys = job.Standbys,
            StandbysFollowing = assignments.Sum(a => a.Standbys.Count(s => s.IsFollowing)),
            BadEvents = job.BadEvents,
            DeadLetters = state.DeadLetters.CountsOf(job.Id),
            FailedCount = failed,
        };
    }

    private AssignmentView ViewOf(Job job, AssignedTask task)
    {
        PartitionCount count = state.Partitions.Get(task.Partition);
        TaskProgress? report = progress.Of(task);
        ulong committed = task.Restore.NextOffset;
        StoppedEvent? stopped = state.DeadLetters.StoppedAt(task.Id);
        return new AssignmentView(
            task.Id,
            job.Name,
            job.Stage,
            state.Topics.Get(job.Topic).Name,
            task.Partition,
            task.Index,
            task.Worker,
            SessionOf(task),
            task.PreviousWorker,
            stopped is not null && task.Worker.Length > 0 ? AssignmentState.Failed : StateOf(task, report),
            task.Reason,
            task.ReasonUnixMs,
            task.Epoch,
            committed,
            task.Restore.Position,
            count.NextOffset,
            Math.Clamp(report?.NextOffset ?? 0, committed, Math.Max(committed, count.NextOffset)),
            report?.StateBytes ?? 0,
            report?.FirstEventUs ?? 0,
            count.LastDataEnd,
            task.Pin,
            task.Transfer?.Owner.Worker ?? "")
        {
            Standbys = [.. task.Standbys.Select(c => ViewOf(c, count.NextOffset))],
            Stopped = stopped,
        };
    }

    private StandbyView ViewOf(WarmCopy standby, ulong nextOffset)
    {
        CopyWatch watch = transfers.WatchOf(standby);
        return new StandbyView(
            standby.Owner.Worker,
            standby.Epoch,
            watch.IsFollowing,
            Math.Min(watch.NextOffset, nextOffset),
            nextOffset);
    }

    private static AssignmentState StateOf(AssignedTask task, TaskProgress? report) =>
        task.Worker.Length == 0
            ? AssignmentState.Unassigned
            : report?.State switch
            {
                TaskRunState.Running => AssignmentState.Running,
                TaskRunState.Paused => AssignmentState.Paused,
                _ => AssignmentState.Restoring,
            };
}
