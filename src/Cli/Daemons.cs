using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Common.Processes;
using Millrace.Coordinator.Hosting;
using Millrace.Worker.Hosting;

namespace Millrace.Cli;

/// <summary>The daemons take their own command lines, so they are chosen before any parsing.</summary>
internal static class Daemons
{
    public static OwnProgram Program { get; } = new(typeof(Daemons).Assembly);

    /// <returns>What runs the daemon that the first argument names; null: it names none.</returns>
    public static Func<string[], Terminal, Task<int>>? Find(string[] arguments) => arguments.FirstOrDefault() switch
    {
        "coordinator" => RunCoordinatorAsync,
        "worker" => RunWorkerAsync,
        _ => null,
    };

    /// <summary>The command as the help of all commands shows it; its own help is the daemon's.</summary>
    public static Command Describe(string name, string description) => new(name, description)
    {
        TreatUnmatchedTokensAsErrors = false,
    };

    private static Task<int> RunCoordinatorAsync(string[] arguments, Terminal terminal)
    {
        ChildSide.Join();
        return CoordinatorHost.RunAsync(arguments, terminal.Out, CancellationToken.None);
    }

    private static Task<int> RunWorkerAsync(string[] arguments, Terminal terminal) =>
        WorkerCommand.RunAsync(arguments, Program with { Verb = ["worker"] }, terminal.Out);
}
