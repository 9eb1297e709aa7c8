namespace Millrace.Worker.Core.State;

/// <summary>A snapshot is not what was written; nothing of it may be used.</summary>
internal sealed class SnapshotDamagedException(string why) : Exception($"The snapshot is damaged: {why}.");
