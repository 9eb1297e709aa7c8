using System.CommandLine;
using Millrace.Common.Processes;
using Millrace.Coordinator.Hosting;
using Millrace.Worker.Hosting;

namespace Millrace.Cli;

/// <summary>The daemons take their own command lines, so they are chosen before any parsing.</summary>
internal static class Daemons
{
    public static OwnProgram Program { get; } = new(typeof(Daemons).Assembly);

    public static Func<string[], Task<int>>? Find(string[] arguments)
    {
        if (arguments.Length == 0 || arguments.Any(a => a is "--help" or "-h" or "-?"))
        {
            return null;
        }

        return arguments[0] switch
        {
            "coordinator" => RunCoordinatorAsync,
            "worker" => RunWorkerAsync,
            _ => null,
        };
    }

    /// <summary>The command as help shows it.</summary>
    public static Command Describe(string name, string description) => new(name, description)
    {
        TreatUnmatchedTokensAsErrors = false,
    };

    private static Task<int> RunCoordinatorAsync(string[] arguments)
    {
        ChildSide.Join();
        return CoordinatorHost.RunAsync(arguments, CancellationToken.None);
    }

    private static Task<int> RunWorkerAsync(string[] arguments) =>
        WorkerCommand.RunAsync(arguments, Program with { Verb = ["worker"] });
}
