using System.CommandLine;
using System.CommandLine.Help;
using Millrace.Cli.Cluster;
using Millrace.Cli.Demo;
using Millrace.Cli.Dev;
using Millrace.Cli.Output;
using Millrace.Cli.Queries;
using Millrace.Cli.Running;
using Millrace.Cli.Topics;

namespace Millrace.Cli;

/// <summary>All commands, and how a command line is taken.</summary>
internal static class CommandTree
{
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        if (Daemons.Find(arguments) is { } daemon)
        {
            return await daemon(arguments[1..], terminal).ConfigureAwait(false);
        }

        var runner = new CommandRunner(terminal);
        ParseResult parsed = Create(runner).Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            Usage.Of(parsed).WriteTo(terminal.Error, OutputFormat.Table);
            return ExitCode.Usage;
        }

        // Each command handles Ctrl-C and its own errors.
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        }).ConfigureAwait(false);
    }

    public static RootCommand Create(CommandRunner runner)
    {
        var root = new RootCommand("Millrace: events in over gRPC, durable, counted exactly on any number of workers.")
        {
            runner.Server,
            runner.Format,
            DevCommand.Create(runner),
            Daemons.Describe("coordinator", "Runs the coordinator. Settings as --Section:Key=value."),
            Daemons.Describe(
                "worker", "Runs a worker; with --supervise again whenever it dies. Settings as --Section:Key=value."),
            StatusCommand.Create(runner),
            WorkersCommand.Create(runner),
            PartitionsCommand.Create(runner),
            OperationsCommand.Create(runner),
            RebalanceCommand.Create(runner),
            TopicsCommand.Create(runner),
            JobsCommand.Create(runner),
            DeadLettersCommand.Create(runner),
            IncidentsCommand.Create(runner),
            QueryCommand.Create(runner),
            EventsCommand.Create(runner),
            DemoCommand.Create(runner),
            VersionCommand.Create(runner),
        };
        return root;
    }
}
