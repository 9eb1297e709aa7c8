using Microsoft.Extensions.Logging;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Logs;

/// <summary>Events out: 1450 to 1499.</summary>
internal static partial class DispatchLog
{
    [LoggerMessage(1450, LogLevel.Debug, "Worker {Worker} opened the data stream of session {Session}")]
    public static partial void FetchOpened(this ILogger log, string worker, ulong session);

    [LoggerMessage(1451, LogLevel.Debug, "The data stream of worker {Worker}, session {Session}, has ended")]
    public static partial void FetchEnded(this ILogger log, string worker, ulong session);

    [LoggerMessage(1452, LogLevel.Information,
        "Session {Session} asked for {Task} under {Epoch}, which it does not hold any more; ignored")]
    public static partial void SubscribeIgnored(this ILogger log, ulong session, TaskId task, Epoch epoch);

    [LoggerMessage(1453, LogLevel.Error, "The data stream of session {Session} was ended: {Reason}: {Message}")]
    public static partial void FetchRefused(this ILogger log, ulong session, string reason, string message);
}
