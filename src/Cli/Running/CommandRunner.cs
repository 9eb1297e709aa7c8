using System.CommandLine;
using System.Runtime.InteropServices;
using Millrace.Cli.Output;
using Millrace.Client;
using Millrace.Common.Hosting;

namespace Millrace.Cli.Running;

/// <summary>Runs commands: global options, one place for errors and exit codes, Ctrl-C.</summary>
internal sealed class CommandRunner
{
    public const string DefaultServer = "http://127.0.0.1:7400";
    public const string ServerVariable = "MILLRACE_SERVER";

    public CommandRunner(Terminal terminal)
    {
        Terminal = terminal;
        Server = new Option<string>("--server", "-s")
        {
            Description = "The coordinator: HOST:PORT, a URL, its endpoints.json or its data directory.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } said
                ? said
                : DefaultServer,
            HelpName = "ADDRESS",
            Recursive = true,
        };
        Format = new Option<string>("--output", "-o")
        {
            Description = "How to print: table, or json (the full API message).",
            DefaultValueFactory = _ => "table",
            HelpName = "table|json",
            Recursive = true,
        };
        Format.AcceptOnlyFromAmong("table", "json");
    }

    public Terminal Terminal { get; }

    public Option<string> Server { get; }

    public Option<string> Format { get; }

    /// <summary>
    /// Makes the command do this. Ctrl-C and SIGTERM cancel the token; a second one ends the process.
    /// </summary>
    public Command Runs(Command command, Func<Session, CancellationToken, Task<int>> run)
    {
        command.SetAction(async arguments =>
        {
            using var interrupt = new Interrupt();
            return await RunAsync(arguments, run, interrupt.Token).ConfigureAwait(false);
        });
        return command;
    }

    public Command Runs(Command command, Func<Session, CancellationToken, Task> run) => Runs(
        command,
        async (session, cancellation) =>
        {
            await run(session, cancellation).ConfigureAwait(false);
            return ExitCode.Done;
        });

    public OutputFormat FormatOf(ParseResult arguments) =>
        arguments.GetValue(Format) == "json" ? OutputFormat.Json : OutputFormat.Table;

    private async Task<int> RunAsync(
        ParseResult arguments, Func<Session, CancellationToken, Task<int>> run, CancellationToken cancellation)
    {
        OutputFormat format = FormatOf(arguments);
        using var session = new Session(arguments, Terminal, format, arguments.GetValue(Server) ?? DefaultServer);
        Failure failure;
        try
        {
            return await run(session, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (FailureException e)
        {
            failure = e.Failure;
        }
        catch (StartupException e)
        {
            failure = new Failure(e.What, e.Why, e.Try, e.Code, e.ExitCode);
        }
        catch (MillraceException e)
        {
            failure = await Failures.OfAsync(e, session.Address, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = new Failure(e.Message, "", "", "IO_ERROR", ExitCode.Failed);
        }

        failure.WriteTo(Terminal.Error, format);
        return failure.Exit;
    }

    private sealed class Interrupt : IDisposable
    {
        private readonly CancellationTokenSource _source = new();
        private readonly PosixSignalRegistration[] _signals;

        public Interrupt() => _signals =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
                PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            ];

        public CancellationToken Token => _source.Token;

        public void Dispose()
        {
            foreach (PosixSignalRegistration signal in _signals)
            {
                signal.Dispose();
            }

            _source.Dispose();
        }

        private void OnSignal(PosixSignalContext context)
        {
            if (!_source.IsCancellationRequested)
            {
                context.Cancel = true;
                _source.Cancel();
            }
        }
    }
}
