using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Millrace.Common.Hosting;

/// <summary>Writes log events to a stream, a whole line at a time, flushed at once: what is logged before a crash
/// stays.</summary>
internal sealed class TextWriterSink(ITextFormatter formatter, TextWriter output) : ILogEventSink, IDisposable
{
    private readonly Lock _lock = new();
    private readonly StringWriter _line = new();

    public void Emit(LogEvent logEvent)
    {
        lock (_lock)
        {
            _line.GetStringBuilder().Clear();
            formatter.Format(logEvent, _line);
            output.Write(_line.GetStringBuilder());
            output.Flush();
        }
    }

    public void Dispose()
    {
        if (output != Console.Error)
        {
            output.Dispose();
        }
    }
}
