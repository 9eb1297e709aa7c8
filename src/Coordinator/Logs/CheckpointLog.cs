using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>Checkpoints and snapshots: 1200 to 1299.</summary>
internal static partial class CheckpointLog
{
    [LoggerMessage(1203, LogLevel.Warning, "Snapshot {Snapshot} is no longer needed but could not be deleted")]
    public static partial void SnapshotNotDeleted(this ILogger log, Exception error, string snapshot);
}
