using Microsoft.Extensions.Logging;
using Millrace.Common.Hosting;
using Millrace.Common.Processes;
using Millrace.Worker.Control;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Logs;
using Millrace.Worker.Run;
using Millrace.Worker.Snapshots;
using Millrace.Worker.Stream;
using Millrace.Worker.Watching;

namespace Millrace.Worker.Hosting;

/// <summary>A running worker. It needs no coordinator to start: it keeps looking for one.</summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    /// <summary>For a goodbye to reach the coordinator and be answered.</summary>
    private static readonly TimeSpan _goodbyeTime = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WorkerLoop _loop;
    private readonly RunLoops _runLoops;
    private readonly Restorer _restorer;
    private readonly Checkpointer _checkpointer;
    private readonly LeaseKeeper _lease;
    private readonly SessionClient _session;
    private readonly ILogger _logger;
    private readonly WorkerIdentity _identity;
    private Task _running = Task.CompletedTask;
    private Task _inSession = Task.CompletedTask;
    private Task _spied = Task.CompletedTask;

    private WorkerHost(WorkerOptions options, OperatorCatalog catalog, TimeProvider time, ILoggerFactory logs)
    {
        var clock = new WorkerClock(time);
        var gate = new LeaseGate(clock);
        var connections = new CurrentConnections();
        var store = new GrpcSnapshotStore(connections);
        WorkerIdentity identity = Identify(options, catalog, time);
        ILogger control = logs.CreateLogger("Millrace.Worker.Control");
        ILogger run = logs.CreateLogger("Millrace.Worker.Run");

        (_logger, _identity) = (control, identity);
        _loop = new WorkerLoop(new WorkerMachine(WorkerPolicy.Default), clock, run);
        _checkpointer = new Checkpointer(store, _loop, run);
        var fetch = new FetchClient(_loop, clock, control);
        var answers = new AnswerClient(clock, control);
        var ports = new RunPorts(_loop, fetch, _checkpointer, gate, clock)
        {
            CostPerEvent = options.CostPerEvent,
            MaxSnapshotLinks = options.SnapshotLinks,
        };
        _runLoops = new RunLoops(options.RunLoops, ports, run);
        fetch.Connect(_runLoops);
        answers.Connect(_runLoops);
        _restorer = new Restorer(store, catalog, _runLoops, _loop, run);
        _lease = new LeaseKeeper(clock, gate, _loop, new ProcessProbe(time));
        _session = new SessionClient(
            identity,
            new CoordinatorAddress(options.Coordinator),
            _loop,
            _lease,
            new SessionParts([fetch, answers], connections, clock, control));
        _loop.Connect(new WorkerActors(_runLoops, _restorer, fetch, _session));
        control.Starting(
            identity.Name, identity.Sdk, Environment.ProcessId, identity.Incarnation, options.RunLoops);
    }

    /// <summary>Runs a worker in this process, with a spy beside it if it is to have one.</summary>
    /// <param name="spyArguments">What makes the program a spy of this worker.</param>
    /// <param name="drain">Cancelled: the worker leaves in good order.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        WorkerOptions options,
        Func<WorkerIdentity, string, IReadOnlyList<string>> spyArguments,
        OwnProgram program,
        ILoggerFactory logs,
        CancellationToken drain)
    {
        await using WorkerHost host = Start(options, OperatorCatalog.Standard, TimeProvider.System, logs);
        if (options.HasSpy)
        {
            host._spied = Spy.KeepAsync(
                program,
                spyArguments(host._identity, options.Coordinator),
                TimeProvider.System,
                host._logger,
                host._stop.Token);
        }

        return await host.RunAsync(drain).ConfigureAwait(false);
    }

    /// <summary>Starts everything; returns at once.</summary>
    public static WorkerHost Start(
        WorkerOptions options, OperatorCatalog catalog, TimeProvider time, ILoggerFactory logs)
    {
        var host = new WorkerHost(options, catalog, time, logs);
        host._runLoops.Start(error => host._failed.TrySetResult(error), host._logger);
        host._lease.Start();
        CancellationToken stop = host._stop.Token;
        host._running = Task.WhenAll(
            host.GuardAsync(() => host._loop.RunAsync(stop)), host.GuardAsync(() => host._checkpointer.RunAsync(stop)));
        host._inSession = host.GuardAsync(() => host._session.RunAsync(stop));
        return host;
    }

    /// <summary>Returns when the worker has left: because it was told to here or by the coordinator, or because it
    /// failed.
    /// </summary>
    public async Task<int> RunAsync(CancellationToken drain)
    {
        await using CancellationTokenRegistration told = drain.Register(() =>
        {
            _logger.Draining("stop signal");
            _loop.Post(new DrainAsked("SHUTDOWN"));
        });
        if (await Task.WhenAny(_loop.Left, _failed.Task).ConfigureAwait(false) == _failed.Task)
        {
            return ExitCodes.Failed;
        }

        _session.Complete();
        await _inSession.WaitAsync(_goodbyeTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCodes.Ok;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _restorer.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_running, _inSession, _spied).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _lease.Dispose();
        _runLoops.Dispose();
        _stop.Dispose();
        _logger.Stopped(_identity.Name);
    }

    private static WorkerIdentity Identify(WorkerOptions options, OperatorCatalog catalog, TimeProvider time)
    {
        ulong incarnation = options.Incarnation > 0 ? options.Incarnation : WorkerIdentity.NewIncarnation(time);
        return new WorkerIdentity(options.Name, incarnation, options.MaxAssignments, catalog.Names)
        {
            Labels = options.Labels,
        };
    }

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await Task.Run(work).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception error)
        {
            _logger.LoopFailed(error);
            _failed.TrySetResult(error);
        }
    }
}
