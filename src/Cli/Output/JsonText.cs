using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;

namespace Millrace.Cli.Output;

/// <summary>API messages as proto-JSON, with every field; and the few objects that no API message describes.</summary>
internal static class JsonText
{
    private static readonly JsonFormatter.Settings _settings = new(true);
    private static readonly JsonFormatter _wide = new(_settings.WithIndentation());
    private static readonly JsonFormatter _line = new(_settings);

    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(IMessage message) => _wide.Format(message);

    public static string LineOf(IMessage message) => _line.Format(message);

    public static string Of(object value) => JsonSerializer.Serialize(value, Options);
}
