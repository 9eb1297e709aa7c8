using System.Text.Json.Serialization;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Storage;

/// <summary>How what is stored beside the journal looks as JSON, written down by the compiler.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ControlSnapshot))]
[JsonSerializable(typeof(IncarnationFile.Content))]
internal sealed partial class StorageJson : JsonSerializerContext;
