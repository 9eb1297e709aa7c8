using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.Topics;

/// <summary>Why partitions are not split or merged.</summary>
internal static class PartitionRefusals
{
    public static Refusal NoSuchPartition(Topic topic, int index) =>
        new(
            RefusalKind.NotFound,
            "NO_SUCH_PARTITION",
            $"Topic {topic.Name} has no partition {index}; it has 0 to {topic.Partitions.Length - 1}.")
        {
            Metadata = new Dictionary<string, string> { ["topic"] = topic.Name, ["partition"] = $"{index}" },
        };

    /// <summary>Null: the topic's partitions can be split and merged.</summary>
    public static Refusal? Fixed(Topic topic)
    {
        string? why = WhyFixed(topic.Route.Partitioner);
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

    /// <summary>Why no partition of a topic with this rule can be split or merged; null: they can.</summary>
    public static string? WhyFixed(Partitioner rule) =>
        rule.WhyFixed
        ?? (rule.Function == KeyFunction.Partition
            ? "what a job keeps of each of its partitions is one piece, which cannot be cut by key group"
            : null);

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

    public static Refusal NotNeighbours(Partition a, Partition b) =>
        new(
            RefusalKind.FailedPrecondition,
            "NOT_NEIGHBOURS",
            $"Partitions {a.Index} {a.KeyGroups} and {b.Index} {b.KeyGroups} do not hold neighbouring key groups; only "
                + "such can be merged.")
        {
            Metadata = Of(a),
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
