using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>Log lines of the loop.</summary>
internal static partial class LoopLog
{
    [LoggerMessage(
        EventId = 1350,
        Level = LogLevel.Warning,
        Message = "Worker {Worker} does not read its control stream; its session is ended")]
    public static partial void SessionOverflowed(this ILogger log, string worker);
}
