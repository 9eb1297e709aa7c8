using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>Events in: 1400 to 1449.</summary>
internal static partial class IngestLog
{
    [LoggerMessage(1400, LogLevel.Debug, "Publish stream {Stream} of producer {Producer} refused: {Reason}: {Message}")]
    public static partial void PublishRefused(
        this ILogger log, ulong stream, string producer, string reason, string message);

    [LoggerMessage(1401, LogLevel.Debug, "Batch refused: {Reason}: {Message}")]
    public static partial void BatchRefused(this ILogger log, string reason, string message);
}
