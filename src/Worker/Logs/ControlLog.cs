using Microsoft.Extensions.Logging;

namespace Millrace.Worker.Logs;

/// <summary>What the worker logs about its coordinator and about itself.</summary>
internal static partial class ControlLog
{
    [LoggerMessage(
        2000,
        LogLevel.Information,
        "Worker {Worker} {Version} starts: process {Pid}, incarnation {Incarnation}, {RunLoops} run loops.")]
    public static partial void Starting(
        this ILogger logger, string worker, string version, int pid, ulong incarnation, int runLoops);

    [LoggerMessage(
        2001,
        LogLevel.Information,
        "Session {Session} with the coordinator at {Address} (its incarnation {Incarnation}).")]
    public static partial void SessionOpened(this ILogger logger, Uri address, ulong session, ulong incarnation);

    [LoggerMessage(
        2002,
        LogLevel.Warning,
        "No session with the coordinator at {Address}. Why: {Why}. Try: start it, or say in Worker:Coordinator where "
            + "it is; this worker keeps looking for it.")]
    public static partial void NoSession(this ILogger logger, string address, string why);

    [LoggerMessage(2003, LogLevel.Debug, "The {Stream} stream broke and is opened again: {Why}")]
    public static partial void StreamBroken(this ILogger logger, string stream, string why);

    [LoggerMessage(
        2004,
        LogLevel.Warning,
        "No spy beside this worker ({Why}): a pause of it is taken for its death.")]
    public static partial void NoSpy(this ILogger logger, string why);

    [LoggerMessage(2005, LogLevel.Information, "Worker {Worker} runs as process {Pid} under this supervisor.")]
    public static partial void ChildStarted(this ILogger logger, string worker, int pid);

    [LoggerMessage(
        2006, LogLevel.Warning, "Worker {Worker} ended with code {Code}; it starts again in {Seconds:0.0} s.")]
    public static partial void ChildDied(this ILogger logger, string worker, int code, double seconds);

    [LoggerMessage(2010, LogLevel.Information, "Leaving ({Reason}): a last checkpoint of each task, then goodbye.")]
    public static partial void Draining(this ILogger logger, string reason);

    [LoggerMessage(2011, LogLevel.Information, "Worker {Worker} has left.")]
    public static partial void Stopped(this ILogger logger, string worker);
}
