using Microsoft.Extensions.Logging;

namespace Millrace.Client.Logs;

internal static partial class ConnectionLog
{
    [LoggerMessage(4010, LogLevel.Information, "The coordinator is now at {Address}")]
    public static partial void AddressChanged(this ILogger log, string address);

    [LoggerMessage(4012, LogLevel.Debug, "The former address of the coordinator is kept: {Message}")]
    public static partial void AddressUnknown(this ILogger log, string message);

    [LoggerMessage(4011, LogLevel.Debug, "A call is made again in {WaitMs:0} ms: {Reason}: {Message}")]
    public static partial void CallRepeated(this ILogger log, string reason, string message, double waitMs);
}
