using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;
using Millrace.Common.Wire;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Ingest;

namespace Millrace.Benchmarks.Ceiling;

/// <summary>The ceiling's process: the same Kestrel, blocks, marshallers, ingest and dispatch; no journal, placement or
/// checkpoint.</summary>
internal static class CeilingRelay
{
    private const long RingBytes = 256 << 20;

    /// <summary>Runs until killed; writes endpoints.json to the folder when it is up.</summary>
    public static async Task RunAsync(string folder)
    {
        var journal = new NoJournal();
        using var dispatcher = new Dispatcher(
            journal, new DispatchLimits(RingBytes), TimeProvider.System, NullLogger<Dispatcher>.Instance);
        var loop = new RelayLoop(journal, dispatcher);
        var ingest = new IngestHandlers(
            loop, loop, new IngestLimits(), TimeProvider.System, NullLogger<IngestHandlers>.Instance);
        var sessions = new RelaySessions(loop, dispatcher);

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddMillraceMemoryPool();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new RelayQueries(sessions));
        await using WebApplication app = builder.Build();
        app.MapGrpcService(ingest.Define());
        app.MapGrpcService(ServiceDefinitions.Combine(sessions.Define(), dispatcher.DefineFetch()));
        app.MapGrpcService<RelayQueries>();
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.First();
        string file = Path.Combine(folder, "endpoints.json");
        await File.WriteAllTextAsync(file + ".new", JsonSerializer.Serialize(new { grpc = address }));
        File.Move(file + ".new", file, overwrite: true);
        await loop.RunAsync(CancellationToken.None);
    }
}
