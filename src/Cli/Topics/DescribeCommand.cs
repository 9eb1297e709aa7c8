using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Common.Hosting;
using Millrace.Common.Keys;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Topics;

/// <summary>One topic: how events find its partitions, and what each holds.</summary>
internal static class DescribeCommand
{
    public static Command Create(CommandRunner runner)
    {
        var name = new Argument<string>("TOPIC") { Description = "The topic." };
        return runner.Runs(
            new Command("describe", "One topic: how events find its partitions, and what each holds.") { name },
            async (session, cancellation) =>
            {
                GetTopicResponse response = await session.Client.Admin.GetTopicAsync(
                    session.Arguments.GetRequiredValue(name), cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
            });
    }

    private static void Write(Terminal terminal, GetTopicResponse response, DateTimeOffset now)
    {
        Topic topic = response.Topic;
        (string Name, string Value)[] lines =
        [
            ("topic", ResourceNames.Short(topic.Name)),
            ("partitioning", Text(topic.Partitioning)),
            ("partitions", Partitions(topic)),
            ("split, merge", topic.FixedReason.Length == 0 ? "possible" : $"not possible: {topic.FixedReason}"),
            ("events", Humane.Count(topic.EventCount)),
            ("kept for", Humane.Span(topic.RetentionDuration)),
            ("age", Humane.Age(topic.CreateTime, now)),
        ];
        foreach ((string label, string value) in lines)
        {
            terminal.Out.WriteLine($"{label,-14}{value}");
        }

        terminal.Out.WriteLine();
        var table = new TextTable(">PART", "HOLDS", ">FIRST OFFSET", ">NEXT OFFSET");
        foreach (Partition partition in response.Partitions.OrderBy(p => p.Index))
        {
            table.Add(
                $"p{partition.Index}",
                Holds(topic.Partitioning, partition),
                Humane.Count(partition.FirstOffset),
                Humane.Count(partition.NextOffset));
        }

        table.WriteTo(terminal, "no partitions");
    }

    private static string Partitions(Topic topic) => topic.Partitioning?.KindCase
        is Partitioning.KindOneofCase.RangeByKey or Partitioning.KindOneofCase.Key
            ? $"{topic.PartitionCount}"
            : $"{topic.PartitionCount} of {Humane.Count(topic.KeyGroupCount)} key groups";

    private static string Text(Partitioning? partitioning) => partitioning?.KindCase switch
    {
        null => "-",
        Partitioning.KindOneofCase.Hash => $"hash {PartitioningOptions.Word(partitioning.Hash.Function)}",
        Partitioning.KindOneofCase.RangeByTime => Ranges(partitioning.RangeByTime),
        Partitioning.KindOneofCase.RangeByKey =>
            $"range-by-key, {partitioning.RangeByKey.SplitPoints.Count} split points",
        Partitioning.KindOneofCase.Key => Directory(partitioning.Key),
        Partitioning.KindOneofCase.Spread => $"spread {PartitioningOptions.Word(partitioning.Spread.Policy)}"
            + (partitioning.Spread.Weights.Count > 0 ? $" {string.Join(':', partitioning.Spread.Weights)}" : ""),
        _ => "unknown to this version of the command",
    };

    private static string Directory(KeyPartitioning key) =>
        $"key, {Humane.Count(key.KeyCount)} of at most {Humane.Count(key.MaxKeys)} keys placed, "
        + $"{key.Declared.Count} of them declared" + (key.Closed ? "; closed: others go by hash" : "");

    private static string Ranges(RangeByTimePartitioning ranges) =>
        $"range-by-time {Quantity.Format(ranges.Range.ToTimeSpan())}, {ranges.Live} live, {ranges.Ahead} ahead, "
        + $"{ranges.Kept} kept";

    private static string TimeRange(Partition partition) => partition.RangeStartTime is null
        ? partition.Index == 0 ? "late: older, or without event time" : "early: newer"
        : $"{Instant(partition.RangeStartTime)} to {Instant(partition.RangeEndTime)}";

    private static string Instant(Timestamp time) =>
        time.ToDateTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Holds(Partitioning? partitioning, Partition partition) => partitioning?.KindCase switch
    {
        Partitioning.KindOneofCase.RangeByTime => TimeRange(partition),
        Partitioning.KindOneofCase.RangeByKey => Range(partition),
        Partitioning.KindOneofCase.Key => "the keys placed on it",
        Partitioning.KindOneofCase.Spread => "any batch",
        _ => $"key groups {partition.FirstKeyGroup} to {(long)partition.EndKeyGroup - 1}",
    };

    /// <summary>Of a topic by ranges of keys.</summary>
    public static string Range(Partition partition)
    {
        string from = partition.FirstKey.IsEmpty ? "the lowest key" : KeyText.Of(partition.FirstKey.Span);
        return partition.EndKey.IsEmpty ? $"{from} and above" : $"{from} to below {KeyText.Of(partition.EndKey.Span)}";
    }
}
