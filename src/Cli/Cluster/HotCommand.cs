using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Common.Keys;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>The keys of a topic that occur most often of late, and what would help.</summary>
internal static class HotCommand
{
    public static Command Create(CommandRunner runner)
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic." };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "The most keys; 10 when not said.",
            HelpName = "N",
        };
        return runner.Runs(
            new Command("hot", "The keys of a topic that occur most often of late, and what would help.")
            {
                topic, limit,
            },
            async (session, cancellation) =>
            {
                ListHotKeysResponse response = await session.Client.Admin.ListHotKeysAsync(
                    session.Arguments.GetRequiredValue(topic), session.Arguments.GetValue(limit), cancellation)
                    .ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response));
            });
    }

    private static void Write(Terminal terminal, ListHotKeysResponse response)
    {
        var table = new TextTable("KEY", ">SHARE", ">AT MOST TOO MUCH", "PART", "SUGGESTION");
        foreach (HotKey key in response.HotKeys)
        {
            table.Add(
                KeyText.Of(key.Key.Span),
                Percent(key.Share),
                Percent(key.ShareError),
                key.HasPartitionIndex ? $"p{key.PartitionIndex}" : "-",
                new Cell(
                    Humane.Word(key.Suggestion),
                    key.Suggestion == HotKeySuggestion.None ? Tone.Plain : Tone.Warning));
        }

        table.WriteTo(terminal, "no events of late, so no hot keys");
        foreach (HotKey key in response.HotKeys.Where(k => k.Suggestion > HotKeySuggestion.None))
        {
            terminal.Out.WriteLine($"{KeyText.Of(key.Key.Span)}: {key.Reason}");
        }

        if (response.HotKeys.Count > 0)
        {
            terminal.Out.WriteLine(
                $"of {Humane.Count(response.SampledEvents)} events, a sample of one in {response.SampledEvery}; after "
                + $"{Humane.Span(response.HalfLife)} an event counts half");
        }
    }

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + "%";
}
