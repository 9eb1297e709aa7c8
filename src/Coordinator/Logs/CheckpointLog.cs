using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>Checkpoints and snapshots: 1200 to 1299.</summary>
internal static partial class CheckpointLog
{
    [LoggerMessage(1203, LogLevel.Warning, "Snapshot {Snapshot} is no longer needed but could not be deleted")]
    public static partial void SnapshotNotDeleted(this ILogger log, Exception error, string snapshot);

    [LoggerMessage(1204, LogLevel.Debug, "Control snapshot at {Position} is written ({Bytes} bytes)")]
    public static partial void ControlSnapshotWritten(this ILogger log, ulong position, int bytes);

    [LoggerMessage(
        1205, LogLevel.Warning, "Control snapshot at {Position} could not be written; the next start replays more")]
    public static partial void ControlSnapshotFailed(this ILogger log, Exception error, ulong position);
}
