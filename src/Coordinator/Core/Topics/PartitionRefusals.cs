using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>Why partitions are not split or merged.</summary>
internal static class PartitionRefusals
{
    public static Refusal NoSuchPartition(Topic topic, int index) =>
        new(
            RefusalKind.NotFound,
            "NO_SUCH_PARTITION",
            $"Topic {topic.Name} has no partition {index}; it has 0 to {topic.NextIndex - 1}.")
        {
            Metadata = new Dictionary<string, string> { ["topic"] = topic.Name, ["partition"] = $"{index}" },
        };

    public static Refusal Forgotten(Topic topic, int index) =>
        new(
            RefusalKind.NotFound,
            "PARTITION_FORGOTTEN",
            $"Partition {index} of topic {topic.Name} was split or merged, and nothing that it held is kept any more.")
        {
            Metadata = new Dictionary<string, string> { ["topic"] = topic.Name, ["partition"] = $"{index}" },
        };

    public static Refusal NoMoreIndices(Topic topic, int limit) =>
        new(
            RefusalKind.ResourceExhausted,
            "TOO_MANY_PARTITIONS",
            $"Topic {topic.Name} has had {topic.NextIndex} partitions of at most {limit} in its life; no index is "
                + "given twice. A new topic begins at 0.")
        {
            Metadata = new Dictionary<string, string> { ["topic"] = topic.Name, ["limit"] = $"{limit}" },
        };

    /// <summary>Null: the topic's partitions can be split and merged.</summary>
    public static Refusal? Fixed(Topic topic)
    {
        string? why = topic.Route.Partitioner.WhyFixed;
        return why is null
            ? null
            : new Refusal(
                RefusalKind.FailedPrecondition,
                "PARTITIONS_FIXED",
                $"The partitions of topic {topic.Name} cannot be split or merged: {why}. A new topic could "
                + "have others.")
            {
                Metadata = new Dictionary<string, string> { ["topic"] = topic.Name },
            };
    }

    public static Refusal Sealed(Topic topic, Partition partition)
    {
        string children = string.Join(
            " and ", topic.Partitions.Where(p => partition.Children.Contains(p.Id)).Select(p => p.Index));
        return new(
            RefusalKind.FailedPrecondition,
            "PARTITION_SEALED",
            $"Partition {partition.Index} of topic {topic.Name} is sealed; {children} took over: name those.")
        {
            Metadata = Of(partition),
        };
    }

    public static Refusal SingleKeyGroup(Partition partition) =>
        new(
            RefusalKind.FailedPrecondition,
            "SINGLE_KEY_GROUP",
            $"Partition {partition.Index} holds one key group only, which cannot be cut; a topic with more key groups "
                + "could be.")
        {
            Metadata = Of(partition),
        };

    public static Refusal SingleKey(Topic topic, Partition partition) =>
        new(
            RefusalKind.FailedPrecondition,
            "SINGLE_KEY",
            $"The directory of topic {topic.Name} has placed less than two keys on partition {partition.Index}, so "
                + "there are no halves to cut it into.")
        {
            Metadata = Of(partition),
        };

    public static Refusal NotNeighbours(Partition a, Partition b, string heldByA, string heldByB, string what) =>
        new(
            RefusalKind.FailedPrecondition,
            "NOT_NEIGHBOURS",
            $"Partitions {a.Index} {heldByA} and {b.Index} {heldByB} do not hold neighbouring {what}; only such can be "
                + "merged.")
        {
            Metadata = Of(a),
        };

    public static Refusal SamePartition(Partition partition) =>
        new(
            RefusalKind.FailedPrecondition,
            "NOT_NEIGHBOURS",
            $"Partition {partition.Index} cannot be merged with itself; name two.")
        {
            Metadata = Of(partition),
        };

    public static Refusal NotOpenYet(Topic topic, Partition partition) =>
        new(
            RefusalKind.Aborted,
            "OPERATION_CONFLICT",
            $"Partition {partition.Index} of topic {topic.Name} is being made by a change that is not stored yet; try "
                + "again.")
        {
            Metadata = Of(partition),
        };

    public static Refusal Running(Topic topic, Partition partition, Job job) =>
        new(
            RefusalKind.Aborted,
            "OPERATION_CONFLICT",
            $"Job {job.Name} has not taken over partition {partition.Index} of topic {topic.Name} yet; wait until its "
                + "task has committed.")
        {
            Metadata = new Dictionary<string, string>
            {
                ["partition"] = $"{partition.Index}",
                ["job"] = job.Name,
                ["runningOperation"] = $"topics/{topic.Name}/partitions/{partition.Index}",
            },
        };

    public static Refusal EtagMismatch(Topic topic, ulong asked) =>
        new(
            RefusalKind.Aborted,
            "ETAG_MISMATCH",
            $"The partitions of topic {topic.Name} have changed: they are of revision {topic.MapRevision}, not {asked}."
                + " Look again.")
        {
            Metadata = new Dictionary<string, string> { ["etag"] = $"{topic.MapRevision}" },
        };

    private static Dictionary<string, string> Of(Partition partition) =>
        new() { ["partition"] = $"{partition.Index}" };
}
