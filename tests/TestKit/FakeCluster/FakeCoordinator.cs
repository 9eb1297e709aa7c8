using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.Common.Wire;

namespace Millrace.TestKit.FakeCluster;

/// <summary>
/// A coordinator as clients see it, in this process and in memory, over real gRPC on a free loopback port. It can be
/// told to misbehave, and it can be stopped and started again with what it had stored.
/// </summary>
public sealed class FakeCoordinator : IAsyncDisposable
{
    private WebApplication? _app;

    public FakeStore Store { get; } = new();

    public FakeAdmin Admin { get; } = new();

    public FakeQuery Query { get; } = new();

    public int Port { get; private set; }

    public string Address => $"http://127.0.0.1:{Port}";

    public static async Task<FakeCoordinator> StartAsync()
    {
        var fake = new FakeCoordinator();
        await fake.StartAgainAsync().ConfigureAwait(false);
        return fake;
    }

    /// <summary>Starts on the port it had, or on a free one the first time.</summary>
    public async Task StartAgainAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, Port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddMillraceMemoryPool();
        builder.Services.AddSingleton(new FakeIngest(Store));
        builder.Services.AddSingleton(Admin.Topics);
        builder.Services.AddSingleton(Admin.Jobs);
        builder.Services.AddSingleton(Admin.Operations);
        builder.Services.AddSingleton(Admin.Workers);
        builder.Services.AddSingleton(Admin.Assignments);
        builder.Services.AddSingleton(Admin.Rebalance);
        builder.Services.AddSingleton(Admin.Cluster);
        builder.Services.AddSingleton(Query);
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGrpcService<FakeIngest>();
        _app.MapGrpcService<FakeTopics>();
        _app.MapGrpcService<FakeJobs>();
        _app.MapGrpcService<FakeOperations>();
        _app.MapGrpcService<FakeWorkers>();
        _app.MapGrpcService<FakeAssignments>();
        _app.MapGrpcService<FakeRebalance>();
        _app.MapGrpcService<FakeClusterService>();
        _app.MapGrpcService<FakeQuery>();
        await _app.StartAsync().ConfigureAwait(false);
        string bound = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        Port = new Uri(bound).Port;
    }

    /// <summary>Drops all connections at once, as a killed process would.</summary>
    public async Task KillAsync()
    {
        if (_app is not { } app)
        {
            return;
        }

        _app = null;
        Store.BreakStreams();
        using var now = new CancellationTokenSource();
        await now.CancelAsync().ConfigureAwait(false);
        await app.StopAsync(now.Token).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await KillAsync().ConfigureAwait(false);
}
