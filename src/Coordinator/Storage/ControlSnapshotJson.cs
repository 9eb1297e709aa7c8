using System.Text.Json.Serialization;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Storage;

/// <summary>How a control snapshot looks as JSON, written down by the compiler.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ControlSnapshot))]
internal sealed partial class ControlSnapshotJson : JsonSerializerContext;
