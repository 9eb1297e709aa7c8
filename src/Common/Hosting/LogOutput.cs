using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace Millrace.Common.Hosting;

/// <summary>Sets logging up, once per process. Everything else logs through ILogger and does not know
/// Serilog.</summary>
public static class LogOutput
{
    private const string ConsoleLine = "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}";

    /// <summary>Makes the factory of all loggers. Disposing of it flushes and closes the output.</summary>
    /// <param name="process">Goes into every JSON line as Process: "coordinator", or a worker's name.</param>
    /// <exception cref="StartupException">The log file cannot be opened.</exception>
    public static ILoggerFactory Open(Settings settings, string process)
    {
        string file = settings.Get(LogSettings.File);
        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Is(LevelConvert.ToSerilogLevel(settings.Get(LogSettings.Level)))
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Grpc", LogEventLevel.Warning)
            .Enrich.FromLogContext()
            .Enrich.WithProperty("Process", process);
        bool json = settings.Get(LogSettings.Format) switch
        {
            LogFormat.Json => true,
            LogFormat.Console => false,
            _ => file.Length > 0 || Console.IsErrorRedirected,
        };
        if (file.Length == 0 && !json)
        {
            configuration.WriteTo.Console(
                outputTemplate: ConsoleLine, standardErrorFromLevel: LogEventLevel.Verbose);
        }
        else
        {
            ITextFormatter formatter = json
                ? new JsonFormatter(renderMessage: true)
                : new MessageTemplateTextFormatter(ConsoleLine);
            configuration.WriteTo.Sink(new TextWriterSink(formatter, OpenWriter(file)));
        }

        return new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true);
    }

    private static TextWriter OpenWriter(string file)
    {
        if (file.Length == 0)
        {
            return Console.Error;
        }

        try
        {
            return new StreamWriter(new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"cannot open the log file {file}",
                error.Message,
                "name a writable path in Log:File, or leave it empty for standard error",
                "LOG_FILE_UNWRITABLE",
                ExitCodes.Failed);
        }
    }
}
