using System.CommandLine;
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
        var at = new Option<int>("--at")
        {
            Description = "The first key group of the upper one. Without it: the middle.",
            HelpName = "GROUP",
        };
        Option<string> etag = Etag();
        Option<bool> dryRun = DryRun();
        at.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() <= 0)
            {
                result.AddError("--at takes a number from 1 on");
            }
        });
        return runner.Runs(
            new Command("split", "Puts two partitions in the place of one.") { topic, partition, at, etag, dryRun },
            async (session, cancellation) =>
            {
                bool dry = session.Arguments.GetValue(dryRun);
                int index = session.Arguments.GetRequiredValue(partition);
                SplitPartitionResponse response = await session.Client.Admin.SplitPartitionAsync(
                    session.Arguments.GetRequiredValue(topic),
                    index,
                    session.Arguments.GetValue(at),
                    session.Arguments.GetValue(etag) ?? "",
                    dry,
                    cancellation).ConfigureAwait(false);
                string[] made = [.. response.Names.Select(Short)];
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"p{index} {Verb(dry, "is sealed")}; {string.Join(" and ", made)} take over"));
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
