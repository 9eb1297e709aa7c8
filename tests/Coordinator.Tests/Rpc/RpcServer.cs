using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Rpc;
using Millrace.Coordinator.Rpc.Audit;
using Millrace.Coordinator.Rpc.Queries;
using Millrace.Coordinator.Rpc.Sessions;
using Millrace.Coordinator.Rpc.Snapshots;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Rpc;

/// <summary>The worker protocol over a real gRPC server on a free port, with a loop that the test plays.</summary>
internal sealed class RpcServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();

    private RpcServer(ISnapshotStore? store)
    {
        Audit = new JournalAudit(Journal);
        Answers = new AnswerStreams(Sessions, NullLogger.Instance);
        var control = new ControlStreams(
            Loop,
            Sessions,
            new CommitEvidence(store ?? Snapshots, Audit),
            TimeProvider.System,
            NullLogger.Instance,
            _stopping.Token);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(
            System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.Interceptors.Add<CallGuard>());
        _app = builder.Build();
        var watches = new WatchStreams(Loop, _stopping.Token);
        _app.MapGrpcService(
            new WorkerProtocol(control, watches, Answers, new SnapshotTransfers(store ?? Snapshots)).Define());
    }

    public FakeLoop Loop { get; } = new();

    public FakeJournal Journal { get; } = new();

    public FakeSnapshots Snapshots { get; } = new();

    public OpenSessions Sessions { get; } = new(incarnation: 7);

    public AnswerStreams Answers { get; }

    public JournalAudit Audit { get; }

    public GrpcChannel Channel { get; private set; } = null!;

    public static async Task<RpcServer> StartAsync(ISnapshotStore? store = null)
    {
        var server = new RpcServer(store);
        await server._app.StartAsync();
        string address = server._app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Channel = GrpcChannel.ForAddress(address);
        return server;
    }

    /// <summary>Tells every session that the coordinator stops.</summary>
    public Task StopSessionsAsync() => _stopping.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Channel.Dispose();
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    /// <summary>The refusal with which a call ended.</summary>
    public static async Task<Refusal> RefusalOfAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException error)
        {
            return RefusalStatus.Find(error) ?? throw new AssertionException($"Not a refusal: {error.Status}");
        }

        throw new AssertionException("The call was not refused.");
    }
}
