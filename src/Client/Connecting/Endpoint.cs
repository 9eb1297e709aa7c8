using System.Text.Json;
using Millrace.Common.Model;

namespace Millrace.Client.Connecting;

/// <summary>
/// Where the coordinator is: a URL, HOST:PORT, the endpoints.json that a coordinator writes, or the data directory that
/// holds it.
/// </summary>
internal sealed class Endpoint
{
    private const string FileName = "endpoints.json";

    private readonly Uri? _uri;
    private readonly string _path = "";

    public Endpoint(string address)
    {
        if (address.Contains("://", StringComparison.Ordinal))
        {
            _uri = ToUri(address, address);
        }
        else if (Directory.Exists(address))
        {
            _path = Path.Combine(address, FileName);
        }
        else if (address.EndsWith(".json", StringComparison.Ordinal) || address.Contains('/'))
        {
            _path = address;
        }
        else
        {
            _uri = ToUri("http://" + address, address);
        }
    }

    /// <summary>The address of gRPC, as it is now.</summary>
    /// <exception cref="MillraceException">The file cannot be read.</exception>
    public Uri Resolve()
    {
        if (_uri is not null)
        {
            return _uri;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(_path));
            string grpc = document.RootElement.GetProperty("grpc").GetString() ?? "";
            return ToUri(grpc, _path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException)
        {
            string message = $"The coordinator's address cannot be read from {_path}: {e.Message}";
            throw new MillraceException(new Refusal(RefusalKind.Unavailable, "NO_ENDPOINTS", message), e);
        }
    }

    private static Uri ToUri(string text, string said) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme is "http" or "https") && uri.Host.Length > 0
            ? uri
            : throw new MillraceException(Refusal.BadField(
                "address", $"'{said}' is no address: use http://HOST:PORT, HOST:PORT or the path of endpoints.json."));
}
