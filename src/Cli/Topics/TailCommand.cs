using System.CommandLine;
using System.Text;
using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Cli.Topics;

/// <summary>Shows the newest events of a topic.</summary>
internal static class TailCommand
{
    public static Command Create(CommandRunner runner)
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic." };
        var count = new Option<int>("--lines", "-n")
        {
            Description = "How many of the newest events to show.",
            DefaultValueFactory = _ => 10,
            HelpName = "N",
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new events as they come." };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError("--lines takes a number from 0 on");
            }
        });
        return runner.Runs(
            new Command("tail", "Shows the newest events of a topic.") { topic, count, follow },
            async (session, cancellation) =>
            {
                string name = session.Arguments.GetRequiredValue(topic);
                Dictionary<int, ulong> next = await ShowNewestAsync(
                    session, name, session.Arguments.GetValue(count), cancellation).ConfigureAwait(false);
                if (session.Arguments.GetValue(follow))
                {
                    await FollowAsync(session, name, next, cancellation).ConfigureAwait(false);
                }
            });
    }

    /// <returns>Where each partition goes on.</returns>
    private static async Task<Dictionary<int, ulong>> ShowNewestAsync(
        Session session, string topic, int count, CancellationToken cancellation)
    {
        GetTopicResponse facts = await session.Client.Admin.GetTopicAsync(topic, cancellation).ConfigureAwait(false);
        var newest = new List<StoredEvent>();
        foreach (Partition partition in facts.Partitions)
        {
            ulong kept = partition.NextOffset - partition.FirstOffset;
            ulong wanted = Math.Min(kept, (ulong)count);
            if (wanted > 0)
            {
                IAsyncEnumerable<StoredEvent> events = session.Client.ReadPartitionAsync(
                    topic, (int)partition.Index, partition.NextOffset - wanted, wanted, false, cancellation);
                await foreach (StoredEvent one in events.ConfigureAwait(false))
                {
                    newest.Add(one);
                }
            }
        }

        IEnumerable<StoredEvent> ordered = newest
            .OrderBy(e => e.Position).ThenBy(e => e.PartitionIndex).ThenBy(e => e.Offset)
            .TakeLast(count);
        foreach (StoredEvent one in ordered)
        {
            Show(session, one);
        }

        return facts.Partitions.ToDictionary(p => (int)p.Index, p => p.NextOffset);
    }

    private static async Task FollowAsync(
        Session session, string topic, Dictionary<int, ulong> from, CancellationToken cancellation)
    {
        await foreach (StoredEvent one in session.Client.ReadTopicAsync(topic, from, true, cancellation)
            .ConfigureAwait(false))
        {
            Show(session, one);
            await session.Terminal.Out.FlushAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static void Show(Session session, StoredEvent stored) => session.PrintLine(
        new ReadResponse
        {
            PartitionIndex = (uint)stored.PartitionIndex,
            FirstOffset = stored.Offset,
            Position = stored.Position,
            Events = { stored.Event },
        },
        () => $"p{stored.PartitionIndex} @{stored.Offset}{Time(stored.TimeMs)}  {Text(stored.Event.Key)}"
            + (stored.Event.Value.IsEmpty ? "" : $"  {Text(stored.Event.Value)}"));

    private static string Time(long ms) => ms == 0
        ? ""
        : "  " + DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-ddTHH:mm:ss.fffZ");

    /// <summary>UTF-8 as text, anything else as base64.</summary>
    private static string Text(ByteString bytes)
    {
        try
        {
            return TextTable.Shown(new UTF8Encoding(false, true).GetString(bytes.Span));
        }
        catch (DecoderFallbackException)
        {
            return "base64:" + bytes.ToBase64();
        }
    }
}
