using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Topics;

/// <summary>Topics: make, list, describe, write, read.</summary>
internal static class TopicsCommand
{
    public static Command Create(CommandRunner runner) => new("topics", "Topics: make, list, describe, write, read.")
    {
        CreateTopic(runner),
        List(runner),
        DescribeCommand.Create(runner),
        SendCommand.Create(runner),
        TailCommand.Create(runner),
    };

    private static Command CreateTopic(CommandRunner runner)
    {
        var name = new Argument<string>("TOPIC") { Description = "The topic's name." };
        var partitions = new Option<uint>("--partitions")
        {
            Description = "How many partitions, 1 to 1,024; 16 when not said.",
            HelpName = "N",
        };
        var groups = new Option<uint>("--key-groups")
        {
            Description = "How many key groups, 1 to 131,072; 4,096 when not said. Fixed for the topic's life.",
            HelpName = "N",
        };
        var command = new Command("create", "Makes a topic.") { name, partitions, groups };
        var partitioning = new PartitioningOptions(command);
        return runner.Runs(
            command,
            async (session, cancellation) =>
            {
                var settings = new Topic
                {
                    PartitionCount = session.Arguments.GetValue(partitions),
                    KeyGroupCount = session.Arguments.GetValue(groups),
                    Partitioning = partitioning.Read(session.Arguments),
                };
                CreateTopicResponse response = await session.Client.Admin.CreateTopicAsync(
                    session.Arguments.GetRequiredValue(name), settings, cancellation).ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"{ResourceNames.Short(response.Topic.Name)} has {response.Topic.PartitionCount} partitions"));
            });
    }

    private static Command List(CommandRunner runner) => runner.Runs(
        new Command("list", "All topics."),
        async (session, cancellation) =>
        {
            ListTopicsResponse response =
                await session.Client.Admin.ListTopicsAsync(cancellation).ConfigureAwait(false);
            session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
        });

    private static void Write(Terminal terminal, ListTopicsResponse response, DateTimeOffset now)
    {
        var table = new TextTable("TOPIC", ">PARTITIONS", ">KEY GROUPS", ">EVENTS", ">KEPT FOR", ">AGE");
        foreach (Topic topic in response.Topics.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            table.Add(
                ResourceNames.Short(topic.Name),
                topic.PartitionCount.ToString(),
                Humane.Count(topic.KeyGroupCount),
                Humane.Count(topic.EventCount),
                Humane.Span(topic.RetentionDuration),
                Humane.Age(topic.CreateTime, now));
        }

        table.WriteTo(terminal, "no topics: `millrace topics create NAME`");
    }
}
