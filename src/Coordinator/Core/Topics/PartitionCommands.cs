using Millrace.Common.Model;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Requests;
using Millrace.Coordinator.Core.Topics.Cutting;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>
/// Splits and merges partitions. One record seals the old ones and names the new ones, so there is nothing in between
/// that could be cut off or taken back; what follows, job by job, follows from the state and so goes on after any
/// crash (see <see cref="Succession"/>).
/// </summary>
internal sealed class PartitionCommands(Turn turn, BatchPlacement batches, HotKeyBoard hotKeys)
{
    private const string Kind = "partitions";

    public void Split(SplitPartition asked) => Answer(
        asked.Call,
        asked.Topic,
        asked.Change,
        [asked.Index],
        (cutter, closed) => cutter.Split(closed[0], asked));

    public void Merge(MergePartitions asked) => Answer(
        asked.Call,
        asked.Topic,
        asked.Change,
        [asked.Index, asked.Other],
        (cutter, closed) => asked.Index == asked.Other
            ? PartitionRefusals.SamePartition(closed[0])
            : cutter.Merge(closed[0], closed[1]));

    private void Answer(
        long call,
        string name,
        MapChange change,
        int[] indices,
        Func<PartitionCutter, Partition[], Cut> plan)
    {
        object? answer = turn.State.Requests.Find(change.Request, Kind);
        if (answer is AnsweredRequest given)
        {
            answer = new ReplacedPartitions(name, ReplacedPartitions.Parse(given.Name));
        }

        Topic? topic = turn.State.Topics.Find(name);
        answer ??= topic is null
            ? Refusals.NotFound("topic", name)
            : indices.Select(i => Check(topic, i, change)).FirstOrDefault(r => r is not null);
        turn.Reply(call, answer ?? Change(topic!, [.. indices.Select(topic!.Find)!], change, plan));
    }

    /// <returns><see cref="ReplacedPartitions"/>, or why nothing has changed.</returns>
    private object Change(
        Topic topic, Partition[] closed, MapChange change, Func<PartitionCutter, Partition[], Cut> plan)
    {
        var cutter = PartitionCutter.Of(topic, turn.State.Directories.Find(topic.Id), p => LoadsOf(topic, p));
        Cut cut = plan(cutter, closed);
        if (cut.Refusal is not null)
        {
            return cut.Refusal;
        }

        PartitionsReplaced record = Plan(topic, closed, cut.Pieces, change.Request);
        Refusal? full = CheckRoom(topic, record);
        if (full is null && !change.ValidateOnly)
        {
            Replace(topic, closed, record, cut.Basis);
        }

        int[] opened = [.. record.Opened.Select(o => o.Index)];
        return full ?? (object)new ReplacedPartitions(topic.Name, opened) { Basis = cut.Basis };
    }

    private KeyLoads LoadsOf(Topic topic, Partition partition)
    {
        ReadOnlySpan<double> loads = batches.LoadsOf(topic.Id);
        double all = 0;
        foreach (double events in loads)
        {
            all += events;
        }

        return partition.Index >= loads.Length || loads[partition.Index] <= 0
            ? KeyLoads.Unknown
            : new KeyLoads(
                loads[partition.Index],
                [
                    .. hotKeys.In(topic.Id, partition.Index, turn.Now.Uptime).Select(k => (k.Key, k.Share * all)),
                ]);
    }

    private PartitionsReplaced Plan(Topic topic, Partition[] closed, Piece[] pieces, Request? request)
    {
        bool isCutByKey = topic.Route.Partitioner.Spec.IsCutByKey;
        return new(
            topic.Id,
            [.. closed.OrderBy(p => p.KeyGroups.First).Select(p => p.Id)],
            [
                .. pieces.Select((piece, i) => new NewPartition(
                    new PartitionId(turn.State.Topics.LastPartition + 1 + (uint)i),
                    topic.NextIndex + i,
                    isCutByKey ? new KeyGroupRange(topic.NextIndex + i, topic.NextIndex + i + 1) : piece.KeyGroups,
                    piece.Share)),
            ],
            request,
            turn.Now.UnixMs);
    }

    private void Replace(Topic topic, Partition[] closed, PartitionsReplaced record, string basis)
    {
        turn.Record(record);
        string verb = closed.Length == 1 ? "split" : "merged";
        turn.Raise(
            EventLevel.Info,
            closed.Length == 1 ? "PARTITION_SPLIT" : "PARTITIONS_MERGED",
            $"topics/{topic.Name}",
            $"Partition {string.Join(" and ", closed.Select(p => p.Index))} of topic {topic.Name} was {verb} into "
                + $"{string.Join(" and ", record.Opened.Select(o => o.Index))}{(basis == "" ? "" : $", {basis}")}.");
    }

    private Refusal? Check(Topic topic, int index, MapChange change)
    {
        if (topic.Find(index) is not { } partition)
        {
            return index >= 0 && index < topic.NextIndex
                ? PartitionRefusals.Forgotten(topic, index)
                : PartitionRefusals.NoSuchPartition(topic, index);
        }

        if (change.MapRevision is { } asked && asked != topic.MapRevision)
        {
            return PartitionRefusals.EtagMismatch(topic, asked);
        }

        return PartitionRefusals.Fixed(topic)
            ?? (!partition.IsOpen
                ? PartitionRefusals.Sealed(topic, partition)
                : CheckSettled(topic, partition));
    }

    /// <summary>One change after the other: else a slow job would make the list of its beginnings grow without
    /// bound.</summary>
    private Refusal? CheckSettled(Topic topic, Partition partition)
    {
        foreach (Job job in turn.State.Jobs.All.Where(j => j.Topic == topic.Id))
        {
            if (partition.Parents.IsEmpty)
            {
                continue;
            }

            AssignedTask? task = turn.State.Assignments.Find(job.Id, partition.Id);
            if (task is null || (task.Newest is null && task.Origins.Count > 0))
            {
                return PartitionRefusals.Running(topic, partition, job);
            }
        }

        return null;
    }

    private Refusal? CheckRoom(Topic topic, PartitionsReplaced record)
    {
        CoordinatorPolicy policy = turn.Policy;
        int open = topic.Open.Count() + record.Opened.Count - record.Sealed.Count;
        if (open > policy.MaxPartitionsPerTopic)
        {
            return Refusals.Full("partitions of a topic", policy.MaxPartitionsPerTopic, "TOO_MANY_PARTITIONS");
        }

        if (record.Opened[^1].Index >= policy.MaxPartitionIndices)
        {
            return PartitionRefusals.NoMoreIndices(topic, policy.MaxPartitionIndices);
        }

        int tasks = turn.State.Jobs.All.Count(j => j.Topic == topic.Id) * record.Opened.Count;
        return turn.State.Partitions.Count + record.Opened.Count > policy.MaxPartitions
            ? Refusals.Full("partitions", policy.MaxPartitions, "TOO_MANY_PARTITIONS")
            : turn.State.Assignments.Count + tasks > policy.MaxTasks
                ? Refusals.Full("tasks", policy.MaxTasks, "TOO_MANY_TASKS")
                : null;
    }
}
