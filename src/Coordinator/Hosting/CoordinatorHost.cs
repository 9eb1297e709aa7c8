using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Millrace.Common.Files;
using Millrace.Common.Hosting;
using Millrace.Common.Model;
using Millrace.Coordinator.Logs;

namespace Millrace.Coordinator.Hosting;

/// <summary>A running coordinator, from the lock of its data directory to its ports.</summary>
internal sealed class CoordinatorHost : IAsyncDisposable
{
    private const int MinPoolThreads = 32;

    private static readonly SettingsHelp _help = new(
        "millrace coordinator",
        "Runs the coordinator: it takes events, makes them durable and streams partitions to workers.",
        [],
        [.. CoordinatorSettings.All, .. LogSettings.All]);

    private readonly CoordinatorOptions _options;
    private readonly ILogger _log;
    private readonly Stack<Func<ValueTask>> _undo = new();

    private CoordinatorHost(CoordinatorOptions options, ILogger log)
    {
        _options = options;
        _log = log;
    }

    /// <summary>The gRPC address really bound.</summary>
    public Uri Grpc { get; private set; } = null!;

    /// <summary>The HTTP/1.1 address really bound.</summary>
    public Uri Http { get; private set; } = null!;

    public ulong Incarnation { get; private set; }

    /// <summary>Runs a coordinator until it is cancelled or gets SIGTERM or SIGINT.</summary>
    /// <param name="arguments">--Section:Key=value and --config FILE. --help: only says what there is.</param>
    /// <param name="output">Where help goes.</param>
    /// <returns>One of <see cref="ExitCodes"/>; what went wrong at the start is on standard error.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, TextWriter output, CancellationToken cancellation)
    {
        if (_help.Answers(arguments, output))
        {
            return ExitCodes.Ok;
        }

        try
        {
            Settings settings = Settings.Load(arguments);
            CoordinatorOptions options = CoordinatorOptions.From(settings);
            using ILoggerFactory logs = LogOutput.Open(settings, "coordinator");
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using PosixSignalRegistration term = StopAt(PosixSignal.SIGTERM, stop);
            using PosixSignalRegistration interrupt = StopAt(PosixSignal.SIGINT, stop);
            // Snapshots are synced and old frames are read on pool threads; heartbeats must not wait behind them.
            ThreadPool.SetMinThreads(MinPoolThreads, MinPoolThreads);
            await using CoordinatorHost host = await StartAsync(options, logs, stop.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing);
            return ExitCodes.Ok;
        }
        catch (StartupException error)
        {
            error.PrintTo(Console.Error);
            return error.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Ok;
        }
    }

    /// <summary>Returns when it serves. Dispose stops it in good order.</summary>
    /// <exception cref="StartupException">It cannot start; everything taken so far is given back.</exception>
    public static async Task<CoordinatorHost> StartAsync(
        CoordinatorOptions options, ILoggerFactory logs, CancellationToken cancellation)
    {
        var host = new CoordinatorHost(options, logs.CreateLogger<CoordinatorHost>());
        try
        {
            await host.StartAsync(logs, cancellation);
            return host;
        }
        catch (Exception error)
        {
            await host.UndoAsync();
            throw error switch
            {
                RefusalException locked => Locked(locked.Refusal),
                FileFailure or IOException or UnauthorizedAccessException => Explain(options, error),
                _ => error,
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        _log.Stopping();
        await UndoAsync();
        _log.Stopped(_options.DataDirectory);
    }

    private static PosixSignalRegistration StopAt(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });

    private static StartupException Locked(Refusal refusal) =>
        new(
            $"the data directory {refusal.Metadata["path"]} is locked",
            $"the process with pid {refusal.Metadata["pid"]} uses it",
            "stop that process, or name another directory in Data:Directory",
            refusal.Reason,
            ExitCodes.Failed);

    private static StartupException Explain(CoordinatorOptions options, Exception error) =>
        new(
            $"the data directory {options.DataDirectory} cannot be used",
            error.Message,
            "name a writable directory in Data:Directory",
            "DATA_DIRECTORY_UNUSABLE",
            ExitCodes.Failed);

    private async Task StartAsync(ILoggerFactory logs, CancellationToken cancellation)
    {
        DirectorySync.Create(_options.DataDirectory);
        DataDirectoryLock held = Undone(DataDirectoryLock.Acquire(_options.DataDirectory));
        EndpointsFile.DeleteFrom(_options.DataDirectory);
        BoundSocket grpc = Undone(BoundSocket.Listen(_options.Grpc, CoordinatorSettings.GrpcListen));
        BoundSocket http = Undone(BoundSocket.Listen(_options.Http, CoordinatorSettings.HttpListen));
        CoordinatorParts parts = await CoordinatorParts.StartAsync(_options, logs, EndProcess);
        _undo.Push(parts.DisposeAsync);
        var server = new CoordinatorServer(parts, grpc, http);
        _undo.Push(server.DisposeAsync);
        await server.StartAsync(cancellation);

        (Grpc, Http, Incarnation) = (grpc.Address, http.Address, parts.Loop.Incarnation);
        new EndpointsFile(
            Grpc.GetLeftPart(UriPartial.Authority),
            Http.GetLeftPart(UriPartial.Authority),
            Environment.ProcessId,
            Incarnation).WriteTo(_options.DataDirectory);
        _undo.Push(() =>
        {
            EndpointsFile.DeleteFrom(_options.DataDirectory);
            return ValueTask.CompletedTask;
        });
        _log.Ready(Grpc, Http, Incarnation);
    }

    /// <summary>Nothing may be done on top of a failed write or a broken decision: no flushing, no goodbye. The next
    /// start recovers.</summary>
    private void EndProcess(string doing, Exception error)
    {
        _log.Fatal(error, doing);
        Environment.FailFast($"Millrace failed at {doing}: {error.Message}");
    }

    private T Undone<T>(T taken)
        where T : IDisposable
    {
        _undo.Push(() =>
        {
            taken.Dispose();
            return ValueTask.CompletedTask;
        });
        return taken;
    }

    /// <summary>Gives back what was taken, the last first.</summary>
    private async Task UndoAsync()
    {
        while (_undo.TryPop(out Func<ValueTask>? undo))
        {
            await undo();
        }
    }
}
