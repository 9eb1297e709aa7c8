using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>Looking over what is on the disk: 1250 to 1299.</summary>
internal static partial class ScrubLog
{
    [LoggerMessage(1250, LogLevel.Warning, "A pass over the files on the disk failed; another follows")]
    public static partial void ScrubFailed(this ILogger log, Exception error);
}
