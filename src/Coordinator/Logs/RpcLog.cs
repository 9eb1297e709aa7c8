using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Logs;

/// <summary>Calls and streams: 1300 to 1399.</summary>
internal static partial class RpcLog
{
    [LoggerMessage(
        1300,
        LogLevel.Information,
        "Worker {Worker} (incarnation {Incarnation}, {Sdk}) opened control stream {Session}")]
    public static partial void SessionOpened(
        this ILogger log, string worker, ulong incarnation, string sdk, ulong session);

    [LoggerMessage(
        1301, LogLevel.Information, "Control stream {Session} of worker {Worker} is over (goodbye: {SaidGoodbye})")]
    public static partial void SessionClosed(this ILogger log, string worker, ulong session, bool saidGoodbye);

    [LoggerMessage(1302, LogLevel.Error, "Call {Call} to {Method} failed unexpectedly")]
    public static partial void CallFailed(this ILogger log, Exception error, string call, string method);

    [LoggerMessage(1303, LogLevel.Debug, "Call to {Method} was refused: {Reason}: {Message}")]
    public static partial void CallRefused(this ILogger log, string method, string reason, string message);

    [LoggerMessage(1304, LogLevel.Debug, "Worker {Worker} opened the answer stream of session {Session}")]
    public static partial void AnswersOpened(this ILogger log, string worker, ulong session);

    [LoggerMessage(1305, LogLevel.Warning, "Cluster events could not be read; trying again")]
    public static partial void EventsUnread(this ILogger log, Exception error);
}
