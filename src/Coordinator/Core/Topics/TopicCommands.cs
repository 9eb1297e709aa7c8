using Millrace.Common.Model;
using Millrace.Coordinator.Core.Requests;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>Makes topics.</summary>
internal sealed class TopicCommands(Turn turn)
{
    public void Create(CreateTopic input)
    {
        CoordinatorPolicy policy = turn.Policy;
        CreateTopic asked = PartitioningCheck.Complete(input, policy) with
        {
            RetentionMs = input.RetentionMs == 0 ? (long)policy.DefaultRetention.TotalMilliseconds : input.RetentionMs,
        };
        object? answer = turn.State.Requests.Find(asked.Request, "topic");
        answer = answer is AnsweredRequest given ? new CreatedTopic(given.Name) : answer ?? Check(asked);
        if (answer is null && !asked.ValidateOnly)
        {
            Make(asked);
        }

        turn.Reply(asked.Call, answer ?? new CreatedTopic(asked.Name));
    }

    private void Make(CreateTopic asked)
    {
        TopicTable topics = turn.State.Topics;
        PartitionId[] partitions =
        [
            .. Enumerable.Range(1, asked.PartitionCount).Select(i => new PartitionId(topics.LastPartition + (uint)i)),
        ];
        turn.Record(new TopicCreated(
            new TopicId(topics.LastTopic + 1),
            asked.Name,
            asked.KeyGroupCount,
            partitions,
            asked.RetentionMs,
            asked.Request,
            turn.Now.UnixMs,
            asked.Partitioning));
        turn.Raise(
            EventLevel.Info,
            "TOPIC_CREATED",
            $"topics/{asked.Name}",
            $"Topic {asked.Name} was made with {asked.PartitionCount} partitions.");
        turn.Emit(new PublishRouting(topics.Routing));
    }

    private Refusal? Check(CreateTopic asked)
    {
        CoordinatorPolicy policy = turn.Policy;
        if (Names.Check(asked.Name, "topic_id") is { } badName)
        {
            return badName;
        }

        if (turn.State.Topics.Find(asked.Name) is not null)
        {
            return Refusals.Exists("topic", asked.Name);
        }

        return CheckNumbers(asked)
            ?? PartitioningCheck.Check(asked)
            ?? (turn.State.Topics.Count >= policy.MaxTopics
                ? Refusals.Full("topics", policy.MaxTopics, "TOO_MANY_TOPICS")
                : null)
            ?? (turn.State.Partitions.Count + asked.PartitionCount > policy.MaxPartitions
                ? Refusals.Full("partitions", policy.MaxPartitions, "TOO_MANY_PARTITIONS")
                : null);
    }

    private Refusal? CheckNumbers(CreateTopic asked)
    {
        int maxPartitions = turn.Policy.MaxPartitionsPerTopic;
        if (asked.PartitionCount < 1 || asked.PartitionCount > maxPartitions)
        {
            return Refusal.BadField("topic.partition_count", $"partition_count must be 1 to {maxPartitions}.");
        }

        int maxGroups = turn.Policy.MaxKeyGroups;
        if (asked.KeyGroupCount < asked.PartitionCount || asked.KeyGroupCount > maxGroups)
        {
            return Refusal.BadField(
                "topic.key_group_count",
                $"key_group_count must be partition_count, here {asked.PartitionCount}, to {maxGroups}.");
        }

        return asked.RetentionMs < 0
            ? Refusal.BadField("topic.retention_duration", "retention_duration must not be negative.")
            : null;
    }
}
