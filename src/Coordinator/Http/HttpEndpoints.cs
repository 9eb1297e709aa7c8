using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Millrace.Coordinator.Rpc.Admin;

namespace Millrace.Coordinator.Http;

/// <summary>What is served to plain HTTP clients.</summary>
internal static class HttpEndpoints
{
    /// <summary>A loop that has not noticed the time for this long hangs.</summary>
    private static readonly TimeSpan MaxSinceTick = TimeSpan.FromSeconds(10);

    /// <summary>/startupz and /readyz: it serves, as the ports open only after recovery; not ready while it stops.
    /// /livez: its loop runs. None of them looks at anything outside the process.</summary>
    public static void MapProbes(
        this IEndpointRouteBuilder routes, Func<TimeSpan> sinceTick, CancellationToken stopping)
    {
        routes.MapGet("/startupz", context => AnswerAsync(context, true));
        routes.MapGet("/livez", context => AnswerAsync(context, sinceTick() < MaxSinceTick));
        routes.MapGet("/readyz", context => AnswerAsync(
            context, !stopping.IsCancellationRequested && sinceTick() < MaxSinceTick));
    }

    /// <summary>GetCluster as JSON, just as the gRPC service answers it.</summary>
    public static void MapSnapshot(this IEndpointRouteBuilder routes, ClusterAdmin cluster) =>
        routes.MapGet("/api/v1/snapshot", async context =>
        {
            IMessage answer = await cluster.GetAsync(context.RequestAborted);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(JsonFormatter.Default.Format(answer), context.RequestAborted);
        });

    private static Task AnswerAsync(HttpContext context, bool good)
    {
        context.Response.StatusCode = good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(good ? "ok\n" : "not ok\n", context.RequestAborted);
    }
}
