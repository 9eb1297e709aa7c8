using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>Start and stop: 1900 to 1999.</summary>
internal static partial class HostLog
{
    [LoggerMessage(
        1900,
        LogLevel.Information,
        "Journal recovered up to {End}: {Frames} frames replayed, {Rewritten} bytes synced anew, torn end: {Torn}")]
    public static partial void Recovered(this ILogger log, ulong end, long frames, long rewritten, bool torn);

    [LoggerMessage(1901, LogLevel.Warning, "Journal: {Bytes} bytes that never became durable were cut from {Place} on")]
    public static partial void JournalCut(this ILogger log, long bytes, string place);

    [LoggerMessage(1902, LogLevel.Warning, "A damaged control snapshot was passed over: {Detail}")]
    public static partial void ControlSnapshotDamaged(this ILogger log, string detail);

    [LoggerMessage(
        1903, LogLevel.Information, "Coordinator is ready: gRPC at {Grpc}, HTTP at {Http}, incarnation {Incarnation}")]
    public static partial void Ready(this ILogger log, Uri grpc, Uri http, ulong incarnation);

    [LoggerMessage(1904, LogLevel.Information, "Coordinator is stopping")]
    public static partial void Stopping(this ILogger log);

    [LoggerMessage(1905, LogLevel.Information, "Coordinator has stopped; everything acknowledged is in {Directory}")]
    public static partial void Stopped(this ILogger log, string directory);

    [LoggerMessage(1906, LogLevel.Critical, "Failed at {Doing}: the process ends and recovers at its next start")]
    public static partial void Fatal(this ILogger log, Exception error, string doing);

    [LoggerMessage(
        1907,
        LogLevel.Warning,
        "Journal:SegmentBytes is {Wanted}, but the data directory was made with {Actual}; that stays")]
    public static partial void SegmentBytesKept(this ILogger log, long wanted, long actual);
}
