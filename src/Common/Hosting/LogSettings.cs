using Microsoft.Extensions.Logging;

namespace Millrace.Common.Hosting;

/// <summary>How a process logs.</summary>
public static class LogSettings
{
    public static readonly Setting<LogLevel> Level = Setting.Choice(
        "Log:Level", LogLevel.Information, "The least level that is logged.");

    public static readonly Setting<LogFormat> Format = Setting.Choice(
        "Log:Format", LogFormat.Auto, "How a line looks: console, json, or auto (console in a terminal, else json).");

    public static readonly Setting<string> File = Setting.Text(
        "Log:File", "", "a path", "File to append the log to; empty: standard error.");

    public static IReadOnlyList<Setting> All { get; } = [Level, Format, File];
}

public enum LogFormat
{
    Auto,
    Console,
    Json,
}
