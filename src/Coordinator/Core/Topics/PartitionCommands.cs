using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Requests;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>
/// Splits and merges partitions. One record seals the old ones and names the new ones, so there is nothing in between
/// that could be cut off or taken back; what follows, job by job, follows from the state and so goes on after any
/// crash (see <see cref="Succession"/>).
/// </summary>
internal sealed class PartitionCommands(Turn turn)
{
    private const string Kind = "partitions";

    public void Split(SplitPartition asked) => Answer(
        asked.Call,
        asked.Topic,
        asked.Change,
        topic => Check(topic, asked.Index, asked.Change) ?? CheckCut(topic.Partitions[asked.Index], asked.AtKeyGroup),
        topic =>
        {
            KeyGroupRange all = topic.Partitions[asked.Index].KeyGroups;
            int cut = CutOf(all, asked.AtKeyGroup);
            return ([topic.Partitions[asked.Index]], [all with { End = cut }, all with { First = cut }]);
        });

    public void Merge(MergePartitions asked) => Answer(
        asked.Call,
        asked.Topic,
        asked.Change,
        topic => Check(topic, asked.Index, asked.Change)
            ?? Check(topic, asked.Other, asked.Change)
            ?? CheckNeighbours(topic.Partitions[asked.Index], topic.Partitions[asked.Other]),
        topic =>
        {
            Partition[] both =
            [
                .. new[] { topic.Partitions[asked.Index], topic.Partitions[asked.Other] }
                    .OrderBy(p => p.KeyGroups.First),
            ];
            return (both, [new KeyGroupRange(both[0].KeyGroups.First, both[1].KeyGroups.End)]);
        });

    private void Answer(
        long call,
        string name,
        MapChange change,
        Func<Topic, Refusal?> check,
        Func<Topic, (Partition[] Sealed, KeyGroupRange[] Opened)> plan)
    {
        object? answer = turn.State.Requests.Find(change.Request, Kind);
        if (answer is AnsweredRequest given)
        {
            answer = new ReplacedPartitions(name, ReplacedPartitions.Parse(given.Name));
        }

        Topic? topic = turn.State.Topics.Find(name);
        answer ??= topic is null ? Refusals.NotFound("topic", name) : check(topic);
        if (answer is null)
        {
            (Partition[] closed, KeyGroupRange[] ranges) = plan(topic!);
            PartitionsReplaced record = Plan(topic!, closed, ranges, change.Request);
            answer = CheckRoom(topic!, record);
            if (answer is null && !change.ValidateOnly)
            {
                Replace(topic!, closed, record);
            }

            answer ??= new ReplacedPartitions(name, [.. record.Opened.Select(o => o.Index)]);
        }

        turn.Reply(call, answer);
    }

    private PartitionsReplaced Plan(
        Topic topic, Partition[] closed, KeyGroupRange[] ranges, Request? request) => new(
        topic.Id,
        [.. closed.Select(p => p.Id)],
        [
            .. ranges.Select((range, i) => new NewPartition(
                new PartitionId(turn.State.Topics.LastPartition + 1 + (uint)i), topic.Partitions.Length + i, range)),
        ],
        request,
        turn.Now.UnixMs);

    private void Replace(Topic topic, Partition[] closed, PartitionsReplaced record)
    {
        turn.Record(record);
        string verb = closed.Length == 1 ? "split" : "merged";
        turn.Raise(
            EventLevel.Info,
            closed.Length == 1 ? "PARTITION_SPLIT" : "PARTITIONS_MERGED",
            $"topics/{topic.Name}",
            $"Partition {string.Join(" and ", closed.Select(p => p.Index))} of topic {topic.Name} was {verb} into "
                + $"{string.Join(" and ", record.Opened.Select(o => $"{o.Index} {o.KeyGroups}"))}.");
    }

    private Refusal? Check(Topic topic, int index, MapChange change)
    {
        if (index < 0 || index >= topic.Partitions.Length)
        {
            return PartitionRefusals.NoSuchPartition(topic, index);
        }

        Partition partition = topic.Partitions[index];
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

    private static int CutOf(KeyGroupRange range, int at) => at == 0 ? range.First + (range.Count / 2) : at;

    private static Refusal? CheckCut(Partition partition, int at)
    {
        KeyGroupRange range = partition.KeyGroups;
        if (range.Count < 2)
        {
            return PartitionRefusals.SingleKeyGroup(partition);
        }

        int cut = CutOf(range, at);
        return cut > range.First && cut < range.End
            ? null
            : Refusal.BadField(
                "at_key_group",
                $"at_key_group must be {range.First + 1} to {range.End - 1}: partition {partition.Index} holds "
                    + $"{range}.");
    }

    private static Refusal? CheckNeighbours(Partition a, Partition b) =>
        a.KeyGroups.End == b.KeyGroups.First || b.KeyGroups.End == a.KeyGroups.First
            ? null
            : PartitionRefusals.NotNeighbours(a, b);

    private Refusal? CheckRoom(Topic topic, PartitionsReplaced record)
    {
        CoordinatorPolicy policy = turn.Policy;
        int open = topic.Open.Count() + record.Opened.Count - record.Sealed.Count;
        if (open > policy.MaxPartitionsPerTopic)
        {
            return Refusals.Full("partitions of a topic", policy.MaxPartitionsPerTopic, "TOO_MANY_PARTITIONS");
        }

        int tasks = turn.State.Jobs.All.Count(j => j.Topic == topic.Id) * record.Opened.Count;
        return turn.State.Partitions.Count + record.Opened.Count > policy.MaxPartitions
            ? Refusals.Full("partitions", policy.MaxPartitions, "TOO_MANY_PARTITIONS")
            : turn.State.Assignments.Count + tasks > policy.MaxTasks
                ? Refusals.Full("tasks", policy.MaxTasks, "TOO_MANY_TASKS")
                : null;
    }
}
