using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>What happens to the cluster: 1000 to 1099.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(EventId = 1000, Message = "{Reason} {Subject}: {Text}")]
    public static partial void Happened(
        this ILogger log, LogLevel level, string reason, string subject, string text);
}
