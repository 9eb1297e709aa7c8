using System.Globalization;
using Spectre.Console;

namespace Millrace.Cli.Output;

/// <summary>
/// Shows on standard error how far long work has come, on one line that is drawn over. Only in a terminal.
/// </summary>
internal sealed class ProgressLine(Terminal terminal, string what, TimeProvider time) : IDisposable
{
    private const int BarWidth = 20;
    private const string ClearLine = "\r\u001b[2K";

    private static readonly TimeSpan _every = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole? _ansi =
        terminal.ErrorIsTerminal ? Terminal.Ansi(terminal.Error, true) : null;

    private readonly long _startedAt = time.GetTimestamp();
    private TimeSpan _drawnAt = TimeSpan.MinValue;
    private bool _drawn;

    /// <param name="share">From 0 to 1; negative: not known.</param>
    /// <param name="detail">What to say beside the bar.</param>
    public void Report(double share, string detail)
    {
        TimeSpan now = time.GetElapsedTime(_startedAt);
        if (_ansi is null || (_drawn && now - _drawnAt < _every))
        {
            return;
        }

        _drawnAt = now;
        _drawn = true;
        string bar = "";
        if (share >= 0)
        {
            int full = (int)(Math.Min(1, share) * BarWidth);
            bar = $"[green]{new string('#', full)}[/]{new string('.', BarWidth - full)} ";
        }

        string seconds = now.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        _ansi.Profile.Width = 10_000;
        terminal.Error.Write(ClearLine);
        _ansi.Markup($"{Markup.Escape(what)} {bar}{Markup.Escape(detail)} {seconds}s");
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_drawn)
        {
            terminal.Error.Write(ClearLine);
            terminal.Error.Flush();
        }
    }
}
