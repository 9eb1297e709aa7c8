using System.CommandLine;
using Millrace.Cli.Dev;
using Millrace.Cli.Output;
using Millrace.Cli.Running;

namespace Millrace.Cli.Demo;

/// <summary>
/// Counts the words of text files while processes are killed; `scripts/demo` checks the result with coreutils.
/// </summary>
internal static class DemoCommand
{
    public static Command Create(CommandRunner runner)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Text files.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var list = new Option<string?>("--files-from")
        {
            Description = "A file with more text files, one a line.",
            HelpName = "FILE",
        };
        var workers = new Option<int>("--workers")
        {
            Description = "How many workers.",
            DefaultValueFactory = _ => 3,
            HelpName = "N",
        };
        workers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 64)
            {
                result.AddError("--workers takes 1 to 64");
            }
        });
        var churn = new Option<bool>("--churn")
        {
            Description = "Also split, merge, join, drain and move while events flow.",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Directory for all counts (\"counts\") and the facts of the run (\"facts\").",
            HelpName = "DIR",
        };
        var data = new Option<string?>("--data")
        {
            Description = "Keep the cluster's data and logs in this directory; without it nothing is kept.",
            HelpName = "DIR",
        };
        return runner.Runs(
            new Command("demo", "Counts the words of text files while a worker and the coordinator are killed.")
            {
                files, list, workers, churn, output, data,
            },
            async (session, cancellation) =>
            {
                DemoInput input = Read(session.Arguments.GetValue(files) ?? [], session.Arguments.GetValue(list));
                var options = new DevOptions(
                    session.Arguments.GetValue(workers), session.Arguments.GetValue(data), 0, 0);
                var run = new DemoRun(session, input, options, session.Arguments.GetValue(churn));
                DemoResult result = await run.RunAsync(cancellation).ConfigureAwait(false);
                if (session.Arguments.GetValue(output) is { } directory)
                {
                    result.WriteTo(directory);
                }

                Print(session, result);
            });
    }

    private static DemoInput Read(IEnumerable<string> files, string? list)
    {
        IEnumerable<string> listed = list is null ? [] : File.ReadAllLines(list).Where(line => line.Length > 0);
        DemoInput input = DemoInput.Read(files.Concat(listed));
        return input.Words.Count > 0
            ? input
            : throw new FailureException(new Failure(
                "there is no word to count",
                "no file was named, or none holds an ASCII letter",
                "`millrace demo FILE...`",
                "NO_INPUT",
                ExitCode.Usage));
    }

    private static void Print(Session session, DemoResult result)
    {
        var table = new TextTable(">COUNT", "WORD");
        foreach ((string word, ulong count) in result.Top)
        {
            table.Add(Humane.Count(count), word);
        }

        table.WriteTo(session.Terminal, "no words");
        session.Terminal.Out.WriteLine(
            $"{Humane.Count(result.Events)} events in {result.Counts.Count:N0} keys; worker back after "
            + $"{result.WorkerBack.TotalMilliseconds:0} ms, coordinator back after "
            + $"{result.CoordinatorBack.TotalMilliseconds:0} ms");
        if (result.LongestPause is { } pause)
        {
            session.Terminal.Out.WriteLine(
                $"longest wait for a fresh result during a planned change: {pause.TotalMilliseconds:0} ms");
        }
    }
}
