using System.Net;

namespace Millrace.Cli.Running;

/// <summary>What an address is when it does not answer as gRPC.</summary>
internal enum PortKind
{
    /// <summary>Nothing answers over HTTP/1.1 either.</summary>
    Silent,

    /// <summary>A web server.</summary>
    Web,

    /// <summary>A server that speaks HTTP/2 only: right for gRPC.</summary>
    Http2,
}

/// <summary>
/// Asks an address once over HTTP/1.1, because a failed HTTP/2 handshake does not say what is really there.
/// </summary>
internal static class PortProbe
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    public static async Task<PortKind> AskAsync(Uri address, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = _patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/"))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
            string body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            bool refused = response.StatusCode == HttpStatusCode.BadRequest
                && body.Contains("HTTP/2", StringComparison.Ordinal);
            return refused ? PortKind.Http2 : PortKind.Web;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            return PortKind.Silent;
        }
    }
}
