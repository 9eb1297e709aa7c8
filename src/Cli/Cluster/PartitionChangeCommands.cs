using System.CommandLine;
using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Splits and merges the partitions of a topic while events flow.</summary>
internal static class PartitionChangeCommands
{
    public static Command Split(CommandRunner runner)
    {
        Argument<string> topic = Topic();
        Argument<int> partition = Partition("PARTITION", "The partition's index.");
        var at = new Option<string>("--at")
        {
            Description = "Where the upper one starts: a key group (without it: the middle), or a key, by ranges of "
                + "keys; 0x... for bytes in hex.",
            HelpName = "GROUP|KEY",
        };
        var keys = new Option<string>("--keys")
        {
            Description = "Of a key directory: what the second one takes over, with commas between. Without it: about "
                + "half of the events of late, or of the keys while nothing is measured.",
            HelpName = "KEYS",
        };
        Option<string> etag = Etag();
        Option<bool> dryRun = DryRun();
        var command = new Command("split", "Puts two partitions in the place of one.")
        {
            topic, partition, at, keys, etag, dryRun,
        };
        return runner.Runs(
            command,
            async (session, cancellation) =>
            {
                bool dry = session.Arguments.GetValue(dryRun);
                int index = session.Arguments.GetRequiredValue(partition);
                string name = session.Arguments.GetRequiredValue(topic);
                SplitPoint point = await PointAsync(
                    session, name, session.Arguments.GetValue(at), session.Arguments.GetValue(keys), cancellation)
                    .ConfigureAwait(false);
                SplitPartitionResponse response = await session.Client.Admin.SplitPartitionAsync(
                    name, index, point, session.Arguments.GetValue(etag) ?? "", dry, cancellation)
                    .ConfigureAwait(false);
                string[] made = [.. response.Names.Select(Short)];
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"p{index} {Verb(dry, "is sealed")}; {string.Join(" and ", made)} take over"
                        + (response.Basis.Length > 0 ? $", cut {response.Basis}" : "")));
            });
    }

    public static Command Merge(CommandRunner runner)
    {
        Argument<string> topic = Topic();
        Argument<int> partition = Partition("PARTITION", "The one partition's index.");
        Argument<int> other = Partition("OTHER", "Its neighbour's index.");
        Option<string> etag = Etag();
        Option<bool> dryRun = DryRun();
        return runner.Runs(
            new Command("merge", "Puts one partition in the place of two neighbours.")
            {
                topic, partition, other, etag, dryRun,
            },
            async (session, cancellation) =>
            {
                bool dry = session.Arguments.GetValue(dryRun);
                int one = session.Arguments.GetRequiredValue(partition);
                int two = session.Arguments.GetRequiredValue(other);
                MergePartitionsResponse response = await session.Client.Admin.MergePartitionsAsync(
                    session.Arguments.GetRequiredValue(topic),
                    one,
                    two,
                    session.Arguments.GetValue(etag) ?? "",
                    dry,
                    cancellation).ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"p{one} and p{two} {Verb(dry, "are sealed")}; {Short(response.Name)} takes over"));
            });
    }

    /// <summary>What a number means depends on the topic.</summary>
    private static async Task<SplitPoint> PointAsync(
        Session session, string topic, string? at, string? keys, CancellationToken cancellation)
    {
        IReadOnlyList<ByteString>? named = keys is null
            ? null
            : [.. keys.Split(',').Select(k => KeyArgument.Read("--keys", k))];
        if (at is null)
        {
            return new SplitPoint(Keys: named);
        }

        GetTopicResponse shown = await session.Client.Admin.GetTopicAsync(topic, cancellation).ConfigureAwait(false);
        if (shown.Topic.Partitioning.KindCase == Partitioning.KindOneofCase.RangeByKey)
        {
            return new SplitPoint(Key: KeyArgument.Read("--at", at), Keys: named);
        }

        return int.TryParse(at, out int group) && group > 0
            ? new SplitPoint(group, Keys: named)
            : throw new FailureException(new Failure(
                $"--at {at} is no key group",
                $"{topic} is cut between key groups",
                "a number from 1 on",
                "BAD_FIELD",
                ExitCode.Usage));
    }

    private static string Verb(bool dry, string done) => dry ? "would be sealed" : done;

    private static string Short(string name) => "p" + ResourceNames.Short(name);

    private static Argument<string> Topic() => new("TOPIC") { Description = "The topic." };

    private static Argument<int> Partition(string name, string description)
    {
        var argument = new Argument<int>(name)
        {
            Description = description,
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value.TrimStart('p'), out int index) && index >= 0)
                {
                    return index;
                }

                result.AddError($"{name} is an index as `partitions list --topic` shows it, for example 3 or p3");
                return -1;
            },
        };
        return argument;
    }

    private static Option<string> Etag() => new("--etag")
    {
        Description = "Only if the topic's partitions are still those of this etag.",
        HelpName = "ETAG",
    };

    private static Option<bool> DryRun() => new("--dry-run") { Description = "Check everything and change nothing." };
}
