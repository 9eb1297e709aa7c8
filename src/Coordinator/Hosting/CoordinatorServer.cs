using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Common.Hosting;
using Millrace.Common.Wire;
using Millrace.Coordinator.Http;
using Millrace.Coordinator.Rpc;
using Millrace.Coordinator.Rpc.Admin;
using Millrace.Coordinator.Rpc.Queries;
using Millrace.Coordinator.Rpc.Sessions;
using Millrace.Coordinator.Rpc.Snapshots;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Query.V1;

namespace Millrace.Coordinator.Hosting;

/// <summary>The services of a coordinator on its two ports.</summary>
internal sealed class CoordinatorServer : IAsyncDisposable
{
    /// <summary>Streams that stay open (publish, fetch, read) are cut after this.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(500);

    private const int MaxReceiveBytes = 4 << 20;
    private const int MaxConnections = 10_000;
    private const int MaxStreamsPerConnection = 1_024;

    /// <summary>More than a few streams may hold, so that a client's other calls get through while those are slowed
    /// down.</summary>
    private const int ConnectionWindowBytes = 4 << 20;
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(10);

    private readonly CoordinatorParts _parts;
    private readonly CancellationTokenSource _stopping = new();
    private readonly OpenSessions _sessions;
    private readonly EventFeed _events;
    private readonly WebApplication _app;

    public CoordinatorServer(CoordinatorParts parts, BoundSocket grpc, BoundSocket http)
    {
        _parts = parts;
        _sessions = new OpenSessions(parts.Loop.Incarnation);
        var views = new ViewReader(parts.Loop);
        _events = new EventFeed(parts.Loop, views, TimeProvider.System, parts.Logs.CreateLogger<EventFeed>());
        var answers = new AnswerStreams(_sessions, parts.Logs.CreateLogger<AnswerStreams>());
        var cluster = new ClusterAdmin(views, parts.Journal, _events, parts.Ingest.Gates, () => parts.Scrub);

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, grpc, http));
        IServiceCollection services = builder.Services;
        services.AddSingleton(parts.Logs);
        services.AddLogging();
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddMillraceMemoryPool();
        services.AddRoutingCore();
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MaxReceiveBytes;
            options.CompressionProviders = [];
            options.Interceptors.Add<CallGuard>();
        });

        _app = builder.Build();
        var questions = new JobQuestions(parts.Loop, parts.Journal, answers, TimeProvider.System);
        _app.MapGrpcService(ServiceDefinitions.Combine(
            ClusterService.BindService(cluster),
            WorkerService.BindService(new WorkerAdmin(parts.Loop, views)),
            AssignmentService.BindService(new AssignmentAdmin(parts.Loop, views)),
            OperationService.BindService(new OperationAdmin(parts.Loop, TimeProvider.System)),
            TopicService.BindService(new TopicAdmin(parts.Loop, views, parts.Ingest.HotKeys)),
            RebalanceService.BindService(new RebalanceAdmin(parts.Loop)),
            JobService.BindService(new JobAdmin(parts.Loop, views)),
            DeadLetterService.BindService(new DeadLetterAdmin(parts.Loop, views, parts.Ingest)),
            IncidentService.BindService(new IncidentAdmin(parts.Loop)),
            QueryService.BindService(new StateQueries(questions))));
        _app.MapGrpcService(ServiceDefinitions.Combine(parts.Ingest.Define(), parts.Dispatch.DefineReads(parts.Loop)));
        _app.MapGrpcService(
            ServiceDefinitions.Combine(DefineWorkerProtocol(answers), parts.Dispatch.DefineFetch(parts.Loop)));
        _app.MapProbes(() => parts.Loop.SinceTick, _stopping.Token);
        _app.MapSnapshot(cluster);
    }

    public Task StartAsync(CancellationToken cancellation) => _app.StartAsync(cancellation);

    /// <summary>Tells workers and watchers that it stops, and closes the ports.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _events.DisposeAsync();
        using var grace = new CancellationTokenSource(StopGrace);
        await _app.StopAsync(grace.Token);
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private static void Configure(KestrelServerOptions options, BoundSocket grpc, BoundSocket http)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        options.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        options.Limits.Http2.KeepAlivePingDelay = PingAfter;
        options.Limits.Http2.KeepAlivePingTimeout = PingAfter;
        options.ListenHandle(grpc.Handle, listen => listen.Protocols = HttpProtocols.Http2);
        options.ListenHandle(http.Handle, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private ServerServiceDefinition DefineWorkerProtocol(AnswerStreams answers)
    {
        var control = new ControlStreams(
            _parts.Loop,
            _sessions,
            new CommitEvidence(_parts.Snapshots, _parts.Audit),
            TimeProvider.System,
            _parts.Logs.CreateLogger<ControlStreams>(),
            _stopping.Token);
        var watches = new WatchStreams(_parts.Loop, _stopping.Token);
        return new WorkerProtocol(control, watches, answers, new SnapshotTransfers(_parts.Snapshots)).Define();
    }

    /// <summary>Signals are handled by the process's entry point.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
