using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Millrace.Common.Hosting;
using Millrace.Common.Processes;
using Millrace.Worker.Control;
using Millrace.Worker.Watching;

namespace Millrace.Worker.Hosting;

/// <summary>The worker's command line: what is to be run, a worker, a supervisor of one, or its spy.</summary>
internal static class WorkerCommand
{
    private const string Supervise = "--supervise";
    private const string SpyOn = "--spy";
    private const string Incarnation = "--incarnation";

    private static readonly SettingsHelp _help = new(
        "millrace worker",
        "Runs a worker: it takes the partitions that the coordinator assigns to it and runs their jobs.",
        [(Supervise, "Starts the worker as a child, and again whenever it dies.")],
        [.. WorkerSettings.All, .. LogSettings.All]);

    /// <summary>Runs until SIGTERM or SIGINT; then the worker leaves in good order. A second signal ends it at
    /// once.</summary>
    /// <param name="arguments">--Section:Key=value and --config FILE. --supervise: start it again whenever it
    /// dies. --help: only says what there is.</param>
    /// <param name="program">How to start this program again.</param>
    /// <param name="output">Where help goes.</param>
    /// <returns>One of <see cref="ExitCodes"/>; what went wrong at the start is on standard error.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, OwnProgram program, TextWriter output)
    {
        if (_help.Answers(arguments, output))
        {
            return ExitCodes.Ok;
        }

        ChildSide.Join();
        try
        {
            List<string> rest = [.. arguments];
            bool supervise = rest.Remove(Supervise);
            int spyOn = (int)TakeNumber(rest, SpyOn, int.MaxValue);
            ulong incarnation = TakeNumber(rest, Incarnation, ulong.MaxValue);
            var settings = Settings.Load(rest);
            WorkerOptions options = WorkerOptions.From(settings) with { Incarnation = incarnation };
            if (spyOn > 0)
            {
                await Spy.RunAsync(spyOn, incarnation, options.Name, options.Coordinator).ConfigureAwait(false);
                return ExitCodes.Ok;
            }

            using ILoggerFactory logs = LogOutput.Open(settings, options.Name);
            using var drain = new CancellationTokenSource();
            using PosixSignalRegistration term = StopAt(PosixSignal.SIGTERM, drain);
            using PosixSignalRegistration interrupt = StopAt(PosixSignal.SIGINT, drain);
            return supervise
                ? await SuperviseAsync(rest, options, program, logs, drain.Token).ConfigureAwait(false)
                : await WorkerHost.RunAsync(options, SpyArguments, program, logs, drain.Token).ConfigureAwait(false);
        }
        catch (StartupException error)
        {
            error.PrintTo(Console.Error);
            return error.ExitCode;
        }
    }

    private static Task<int> SuperviseAsync(
        List<string> settings, WorkerOptions options, OwnProgram program, ILoggerFactory logs, CancellationToken drain)
    {
        // One name for all of its lives, also when it was made up; and the supervisor is the spy.
        List<string> fixedOnes = [.. settings, $"--{WorkerSettings.Name.Key}={options.Name}"];
        if (options.HasSpy)
        {
            fixedOnes.Add($"--{WorkerSettings.Spy.Key}=off");
        }

        return new Supervisor(
            program,
            life => [Incarnation, $"{life}", .. fixedOnes],
            new CoordinatorAddress(options.Coordinator),
            options.Name,
            TimeProvider.System,
            logs.CreateLogger("Millrace.Worker.Supervisor")).RunAsync(drain);
    }

    private static IReadOnlyList<string> SpyArguments(WorkerIdentity identity, string coordinator) =>
    [
        SpyOn,
        $"{Environment.ProcessId}",
        Incarnation,
        $"{identity.Incarnation}",
        $"--{WorkerSettings.Name.Key}={identity.Name}",
        $"--{WorkerSettings.Coordinator.Key}={coordinator}",
    ];

    /// <summary>Takes "NAME NUMBER" out of the arguments; 0: it is not there.</summary>
    private static ulong TakeNumber(List<string> arguments, string name, ulong most)
    {
        int at = arguments.IndexOf(name);
        if (at < 0)
        {
            return 0;
        }

        string text = at + 1 < arguments.Count ? arguments[at + 1] : "";
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            || number == 0 || number > most)
        {
            throw new StartupException(
                $"\"{text}\" is not a good value for {name}",
                "it is for Millrace's own use and takes a number",
                "the same without it",
                "CONFIG_BAD_VALUE",
                ExitCodes.Usage);
        }

        arguments.RemoveRange(at, 2);
        return number;
    }

    private static PosixSignalRegistration StopAt(PosixSignal signal, CancellationTokenSource drain) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            // Only the first one is taken: the second one then does what it does to any process.
            context.Cancel = !drain.IsCancellationRequested;
            drain.Cancel();
        });
}
