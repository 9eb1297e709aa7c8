using Millrace.Common.Failpoints;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>
/// What follows a seal, for each job on its own: the tasks of the sealed partitions are told where they end, and when
/// all that a new partition takes over from have committed exactly there, the tasks of the new ones start from those
/// commits (rule of exactness 9). A task that dies before is placed and recovered as itself. Nothing of it is
/// remembered apart from the durable state, so a crash at any step changes nothing.
/// </summary>
internal sealed class Succession(Turn turn, MemberTable members, Transfers transfers)
{
    private readonly HashSet<TaskId> _told = [];

    /// <summary>Something has changed since the last run that may have ended a task.</summary>
    public bool Due { get; set; } = true;

    /// <returns>Whether there are new tasks to place.</returns>
    public bool Run()
    {
        if (!Due)
        {
            return false;
        }

        bool made = false;
        foreach (Topic topic in turn.State.Topics.All)
        {
            foreach (Job job in topic.Partitions.Any(IsSealed) ? JobsOf(topic) : [])
            {
                made |= Run(topic, job);
            }
        }

        // A new task may be one of a partition that is sealed too, and have come to its end already.
        Due = made;
        return made;
    }

    /// <summary>The coordinator has started: says which snapshots are kept.</summary>
    public void Begin()
    {
        foreach (AssignedTask task in turn.State.Assignments.All)
        {
            turn.Emit(new KeepSnapshots(task.Id, task.Snapshots));
            DropOrigins(task);
        }

        foreach (RetiredTask task in turn.State.Assignments.Retired.All)
        {
            turn.Emit(new KeepSnapshots(task.Id, task.Snapshots));
        }
    }

    /// <summary>Deletes the snapshots with which a task began, once nobody begins with them any more.</summary>
    public void DropOrigins(AssignedTask task)
    {
        if (task.Newest is null || task.Previous is not null)
        {
            return;
        }

        foreach (TaskId origin in RetiredTasks.OriginsOf(task).Distinct())
        {
            if (!turn.State.Assignments.Retired.Has(origin))
            {
                turn.Emit(new DropSnapshots(origin));
            }
        }
    }

    private static bool IsSealed(Partition partition) => partition.SealedAt > 0;

    private Partition PartitionOf(AssignedTask task) => turn.State.Topics.Get(task.Partition);

    private Job[] JobsOf(Topic topic) => [.. turn.State.Jobs.All.Where(j => j.Topic == topic.Id)];

    private bool Run(Topic topic, Job job)
    {
        bool made = false;
        foreach (TaskId id in job.Tasks)
        {
            // Gone already: it went together with another one.
            if (turn.State.Assignments.Find(id) is not { } task || !IsSealed(PartitionOf(task)))
            {
                continue;
            }

            Tell(task, PartitionOf(task));
            Partition[] children =
            [
                .. PartitionOf(task).Children.Select(turn.State.Topics.Get),
            ];
            AssignedTask?[] parents =
            [
                .. children[0].Parents.Select(p => turn.State.Assignments.Find(job.Id, p)),
            ];
            if (parents.All(p => p is not null && IsAtItsEnd(p)))
            {
                Replace(topic, job, parents!, children);
                made = true;
            }
        }

        return made;
    }

    private bool IsAtItsEnd(AssignedTask task) =>
        task.Restore.NextOffset == turn.State.Partitions.Get(task.Partition).NextOffset
        || Mutants.Is(Mutant.ChildStartsBeforeTheSeal);

    private void Tell(AssignedTask task, Partition partition)
    {
        if (!_told.Add(task.Id))
        {
            return;
        }

        if (members.Holder(task.Owner) is { HasStream: true } holder)
        {
            turn.Tell(holder, new FinishTask(task.Id, task.Epoch, Grants.EndOf(turn.State, partition)!));
        }
    }

    private void Replace(Topic topic, Job job, AssignedTask[] parents, Partition[] children)
    {
        foreach (AssignedTask parent in parents)
        {
            foreach (WarmCopy copy in parent.Copies)
            {
                transfers.End(parent, copy, "PARTITION_SEALED");
            }
        }

        ulong next = Mutants.Is(Mutant.TaskIdReused) ? parents[0].Id.Value : turn.State.Assignments.LastTask + 1;
        NewTask[] tasks =
        [
            .. children.Select((child, i) => new NewTask(
                new TaskId(i == 0 ? next : turn.State.Assignments.LastTask + 1 + (ulong)i),
                child.Id,
                child.Index,
                StartOf(child),
                OriginsOf(topic, parents, child))),
        ];
        turn.Record(new TasksReplaced(job.Id, [.. parents.Select(p => p.Id)], tasks, turn.Now.UnixMs));
        foreach (AssignedTask parent in parents)
        {
            _told.Remove(parent.Id);
            turn.Emit(new StopDispatch(parent.Id, new Epoch(parent.Epoch.Value + 1)));
            if (members.Holder(parent.Owner) is { HasStream: true } holder)
            {
                turn.Tell(holder, new Revoke(parent.Id, parent.Epoch, "PARTITION_SEALED"));
            }
        }

        turn.Raise(
            EventLevel.Info,
            "TASKS_REPLACED",
            $"jobs/{job.Name}",
            $"Job {job.Name} goes on in partition {Join(children.Select(c => c.Index))} of topic {topic.Name} where "
                + $"{Join(parents.Select(p => p.Index))} ended, at {children[0].OpenedAt}.");
    }

    private static string Join(IEnumerable<int> indices) => string.Join(" and ", indices);

    /// <summary>The oldest event that is kept of it.</summary>
    private RestorePoint StartOf(Partition child)
    {
        PartitionCount count = turn.State.Partitions.Get(child.Id);
        return new RestorePoint(
            "", Math.Max(child.OpenedAt, turn.State.Marks.Trimmed), count.FirstOffset, count.FirstHashSum);
    }

    /// <summary>Each parent's state as of its last commit, cut to what the child holds. A parent that never committed
    /// has come to its end with the state that it began with.</summary>
    private static StateOrigin[]? OriginsOf(Topic topic, AssignedTask[] parents, Partition child)
    {
        var origins = new List<StateOrigin>();
        foreach (AssignedTask parent in parents)
        {
            IReadOnlyList<StateOrigin> states = parent.Newest is { } commit
                ? [new StateOrigin(commit.Point.SnapshotId, topic.Find(parent.Index)!.KeyGroups)]
                : parent.Origins;
            origins.AddRange(states.Select(s => PartOf(topic, s, child)).OfType<StateOrigin>());
        }

        return origins.Count == 0 ? null : [.. origins];
    }

    /// <returns>Null: the child has no part of it.</returns>
    private static StateOrigin? PartOf(Topic topic, StateOrigin state, Partition child)
    {
        if (topic.Route.Partitioner.Spec.IsCutByKey)
        {
            KeyShare? share = state.Share is null ? child.Share : child.Share?.And(state.Share) ?? state.Share;
            return share is { IsEmpty: true } ? null : state with { Share = share };
        }

        var common = new KeyGroupRange(
            Math.Max(state.KeyGroups.First, child.KeyGroups.First),
            Math.Min(state.KeyGroups.End, child.KeyGroups.End)
                - (Mutants.Is(Mutant.InheritedGroupsOffByOne) ? 1 : 0));
        return common.Count > 0 ? state with { KeyGroups = common } : null;
    }
}
