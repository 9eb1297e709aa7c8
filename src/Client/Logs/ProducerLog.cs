using Microsoft.Extensions.Logging;

namespace Millrace.Client.Logs;

internal static partial class ProducerLog
{
    [LoggerMessage(4000, LogLevel.Debug, "Producer {ProducerId} is open under epoch {Epoch}")]
    public static partial void ProducerOpened(this ILogger log, string producerId, ulong epoch);

    [LoggerMessage(
        4001, LogLevel.Warning, "Producer {ProducerId} opens again in {WaitMs:0} ms: {Reason}: {Message}")]
    public static partial void ProducerWaits(
        this ILogger log, string producerId, string reason, string message, double waitMs);

    [LoggerMessage(4002, LogLevel.Warning, "Events of topic {Topic} were refused: {Reason}: {Message}")]
    public static partial void TopicRefused(this ILogger log, string topic, string reason, string message);

    [LoggerMessage(4003, LogLevel.Error, "Producer {ProducerId} has failed: {Reason}: {Message}")]
    public static partial void ProducerFailed(this ILogger log, string producerId, string reason, string message);
}
