using System.Text.Json;
using System.Text.Json.Serialization;
using Millrace.Common.Files;

namespace Millrace.Cli.Dev;

/// <summary>What a running `millrace dev` says of itself in dev.json.</summary>
internal sealed record DevState(
    [property: JsonPropertyName("pid")] int Pid,
    [property: JsonPropertyName("directory")] string Directory,
    [property: JsonPropertyName("grpc")] string Grpc,
    [property: JsonPropertyName("http")] string Http,
    [property: JsonPropertyName("processes")] IReadOnlyList<DevProcess> Processes)
{
    public const string FileName = "dev.json";

    private static readonly JsonSerializerOptions _wide = new() { WriteIndented = true };

    /// <summary>Where the newest cluster of this user is found by commands that are not told a directory.</summary>
    public static string PointerPath =>
        Path.Combine(Path.GetTempPath(), $"millrace-dev-{Environment.UserName}.json");

    public void WriteTo(string path) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, _wide));

    /// <summary>Null: there is none, or it cannot be read.</summary>
    public static DevState? ReadFrom(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<DevState>(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <param name="Pid">0: not running now.</param>
internal sealed record DevProcess(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("pid")] int Pid,
    [property: JsonPropertyName("restarts")] int Restarts);
