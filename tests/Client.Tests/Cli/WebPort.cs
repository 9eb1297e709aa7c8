using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Millrace.Client.Tests.Cli;

/// <summary>A web server as a coordinator has one beside gRPC.</summary>
internal static class WebPort
{
    public static WebApplication OnFreePort(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.Run(context => context.Response.WriteAsync("<html>"));
        return app;
    }
}
