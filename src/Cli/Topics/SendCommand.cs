using System.CommandLine;
using System.Text;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Topics;

/// <summary>Sends events from the command line, a file, or standard input.</summary>
internal static class SendCommand
{
    private const int BatchLines = 256;
    private const int BufferBytes = 64 * 1024;

    public static Command Create(CommandRunner runner)
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic." };
        var key = new Option<string>("--key", "-k") { Description = "Send one event with this key.", HelpName = "KEY" };
        var value = new Option<string>("--value", "-v")
        {
            Description = "The value of that one event.",
            HelpName = "VALUE",
        };
        var file = new Option<string>("--file", "-f")
        {
            Description = "Send each line of this file; without it each line of standard input.",
            HelpName = "FILE",
        };
        var separator = new Option<string>("--separator")
        {
            Description = "What stands between key and value in a line; a line without it is a key.",
            DefaultValueFactory = _ => "\t",
            HelpName = "TEXT",
        };
        var command = new Command("send", "Sends events: one, or one for each line.")
        {
            topic, key, value, file, separator,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(value) is not null && result.GetValue(key) is null)
            {
                result.AddError("--value needs --key");
            }

            if (result.GetValue(key) is not null && result.GetValue(file) is not null)
            {
                result.AddError("--key and --file exclude each other");
            }
        });
        return runner.Runs(command, async (session, cancellation) =>
        {
            string name = session.Arguments.GetRequiredValue(topic);
            GetTopicResponse response =
                await session.Client.Admin.GetTopicAsync(name, cancellation).ConfigureAwait(false);
            var options = new ProducerOptions { AllowEventsWithoutKey = !NeedsKeys(response.Topic) };
            await using Producer producer = await session.Client
                .OpenProducerAsync(options, cancellation).ConfigureAwait(false);
            ulong events = session.Arguments.GetValue(key) is { } only
                ? await SendOneAsync(producer, name, new EventData(only, session.Arguments.GetValue(value) ?? ""))
                    .ConfigureAwait(false)
                : await SendLinesAsync(
                    session, producer, name, session.Arguments.GetValue(file), session.Arguments.GetValue(separator)!,
                    cancellation).ConfigureAwait(false);
            ulong position = await producer.FlushAsync(cancellation).ConfigureAwait(false);
            Print(session, events, position);
        });
    }

    private static async Task<ulong> SendOneAsync(Producer producer, string topic, EventData data)
    {
        await producer.SendAsync(topic, data).ConfigureAwait(false);
        return 1;
    }

    private static async Task<ulong> SendLinesAsync(
        Session session,
        Producer producer,
        string topic,
        string? file,
        string separator,
        CancellationToken cancellation)
    {
        using TextReader lines = file is null
            ? session.Terminal.In
            : new StreamReader(file, Encoding.UTF8, false, BufferBytes);
        bool typed = file is null && session.Terminal.InIsTerminal;
        long total = file is null ? -1 : new FileInfo(file).Length;
        using var progress = new ProgressLine(session.Terminal, $"sending to {topic}", session.Time);
        var batch = new List<EventData>(BatchLines);
        ulong sent = 0;
        long bytes = 0;
        while (await lines.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            bytes += Encoding.UTF8.GetByteCount(line) + 1;
            if (line.Length == 0)
            {
                continue;
            }

            batch.Add(Event(line, separator));
            if (batch.Count == BatchLines || typed)
            {
                sent += await PostAsync(producer, topic, batch, cancellation).ConfigureAwait(false);
                progress.Report(total > 0 ? (double)bytes / total : -1, $"{Humane.Count(sent)} events");
            }
        }

        return sent + await PostAsync(producer, topic, batch, cancellation).ConfigureAwait(false);
    }

    private static async Task<ulong> PostAsync(
        Producer producer, string topic, List<EventData> batch, CancellationToken cancellation)
    {
        if (batch.Count == 0)
        {
            return 0;
        }

        EventData[] events = [.. batch];
        batch.Clear();
        await producer.PostAsync(topic, events, cancellation).ConfigureAwait(false);
        return (ulong)events.Length;
    }

    private static bool NeedsKeys(Topic topic) => topic.Partitioning?.KindCase
        is not (Partitioning.KindOneofCase.Spread or Partitioning.KindOneofCase.RangeByTime);

    private static EventData Event(string line, string separator)
    {
        int at = separator.Length == 0 ? -1 : line.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? new EventData(line) : new EventData(line[..at], line[(at + separator.Length)..]);
    }

    private static void Print(Session session, ulong events, ulong position)
    {
        string number = Humane.Count(events);
        session.Terminal.Out.WriteLine(session.Format == OutputFormat.Json
            ? JsonText.Of(new { events, position = position.ToString() })
            : $"{number} {(events == 1 ? "event" : "events")} durable at position {position}");
    }
}
