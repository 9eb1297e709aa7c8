using System.Text.Json.Serialization;

namespace Millrace.Common.Hosting;

/// <summary>How the endpoints file looks as JSON, written down by the compiler: starts are short.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(EndpointsFile))]
internal sealed partial class EndpointsJson : JsonSerializerContext;
