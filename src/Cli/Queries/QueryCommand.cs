using System.CommandLine;
using System.Text;
using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Protocol.Query.V1;

namespace Millrace.Cli.Queries;

/// <summary>Reads the state of a running job.</summary>
internal static class QueryCommand
{
    public static Command Create(CommandRunner runner)
    {
        var position = new Option<ulong>("--at-least")
        {
            Description = "The answer must be true as of this journal position or later; `topics send` prints one.",
            HelpName = "POSITION",
            Recursive = true,
        };
        return new Command("query", "Reads the state of a running job.")
        {
            position,
            Get(runner, position),
            Scan(runner, position),
            Top(runner, position),
        };
    }

    private static Argument<string> Job() => new("JOB") { Description = "The job." };

    private static Command Get(CommandRunner runner, Option<ulong> position)
    {
        Argument<string> job = Job();
        var key = new Argument<string>("KEY") { Description = "The key." };
        return runner.Runs(
            new Command("get", "The count of one key.") { job, key },
            async (session, cancellation) =>
            {
                string wanted = session.Arguments.GetRequiredValue(key);
                GetResponse response = await session.Client.Query.GetAsync(
                    session.Arguments.GetRequiredValue(job), wanted, session.Arguments.GetValue(position), cancellation)
                    .ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"{Humane.Count(response.Count)}  {TextTable.Shown(wanted)}   as of position {response.Position}"));
            });
    }

    private static Command Scan(CommandRunner runner, Option<ulong> position)
    {
        Argument<string> job = Job();
        var prefix = new Option<string>("--prefix")
        {
            Description = "Only keys that start with this.",
            HelpName = "TEXT",
        };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "The most keys to print; 0: all.",
            HelpName = "N",
        };
        return runner.Runs(
            new Command("scan", "Counts in byte order of their keys.") { job, prefix, limit },
            async (session, cancellation) =>
            {
                byte[] start = Encoding.UTF8.GetBytes(session.Arguments.GetValue(prefix) ?? "");
                IAsyncEnumerable<Entry> entries = session.Client.Query.ScanAsync(
                    session.Arguments.GetRequiredValue(job), start, session.Arguments.GetValue(position), cancellation);
                int left = session.Arguments.GetValue(limit) is > 0 and int most ? most : int.MaxValue;
                await foreach (Entry entry in entries.ConfigureAwait(false))
                {
                    session.PrintLine(entry, () => $"{entry.Count,10}  {Text(entry.Key)}");
                    if (--left == 0)
                    {
                        break;
                    }
                }
            });
    }

    private static Command Top(CommandRunner runner, Option<ulong> position)
    {
        Argument<string> job = Job();
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "How many, at most 1,000.",
            DefaultValueFactory = _ => 10,
            HelpName = "N",
        };
        return runner.Runs(
            new Command("top", "The largest counts.") { job, limit },
            async (session, cancellation) =>
            {
                TopKResponse response = await session.Client.Query.TopKAsync(
                    session.Arguments.GetRequiredValue(job),
                    session.Arguments.GetValue(limit),
                    session.Arguments.GetValue(position),
                    cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response));
            });
    }

    private static void Write(Terminal terminal, TopKResponse response)
    {
        var table = new TextTable(">COUNT", "KEY");
        foreach (Entry entry in response.Entries)
        {
            table.Add(Humane.Count(entry.Count), Text(entry.Key));
        }

        table.WriteTo(terminal, "no keys yet");
        if (response.Entries.Count > 0)
        {
            string positions = response.Positions.Count == 0
                ? ""
                : $", true as of positions {response.Positions.Min(p => p.Position)} to "
                    + $"{response.Positions.Max(p => p.Position)}";
            terminal.Out.WriteLine($"{Humane.Count(response.KeyCount)} keys in all{positions}");
        }
    }

    private static string Text(ByteString key) => TextTable.Shown(key.ToStringUtf8());
}
