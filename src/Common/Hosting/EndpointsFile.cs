using System.Text.Json;
using System.Text.Json.Serialization;
using Millrace.Common.Files;

namespace Millrace.Common.Hosting;

/// <summary>The addresses that a coordinator really bound, as it leaves them in its data directory.</summary>
/// <param name="Grpc">gRPC address, for example "http://127.0.0.1:7400".</param>
/// <param name="Http">HTTP/1.1 address for probes and the snapshot.</param>
/// <param name="Pid">The process that wrote it.</param>
/// <param name="Incarnation">The life of the coordinator that wrote it.</param>
public sealed record EndpointsFile(
    [property: JsonPropertyName("grpc")] string Grpc,
    [property: JsonPropertyName("http")] string Http,
    [property: JsonPropertyName("pid")] int Pid,
    [property: JsonPropertyName("incarnation")] ulong Incarnation)
{
    public const string FileName = "endpoints.json";

    /// <summary>Replaces the file in one step, so that a reader sees the old one or the new one.</summary>
    public void WriteTo(string dataDirectory)
    {
        string path = Path.Combine(dataDirectory, FileName);
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, EndpointsJson.Default.EndpointsFile));
    }

    /// <summary>Null when there is none or it is not one of ours.</summary>
    public static EndpointsFile? ReadFrom(string dataDirectory)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllText(Path.Combine(dataDirectory, FileName)), EndpointsJson.Default.EndpointsFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public static void DeleteFrom(string dataDirectory) => File.Delete(Path.Combine(dataDirectory, FileName));
}
