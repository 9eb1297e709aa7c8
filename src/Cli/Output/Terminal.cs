using Spectre.Console;

namespace Millrace.Cli.Output;

/// <summary>
/// The three streams and what they are connected to. Standard output carries data, standard error everything else;
/// colour and progress only where a person looks.
/// </summary>
internal sealed class Terminal
{
    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public bool InIsTerminal { get; init; }

    public bool OutHasColour { get; init; }

    /// <summary>Whether progress may be drawn on standard error.</summary>
    public bool ErrorIsTerminal { get; init; }

    public static Terminal OfProcess()
    {
        bool plain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        return new Terminal
        {
            In = Console.In,
            Out = Console.Out,
            Error = Console.Error,
            InIsTerminal = !Console.IsInputRedirected,
            OutHasColour = !Console.IsOutputRedirected && !plain,
            ErrorIsTerminal = !Console.IsErrorRedirected && !plain,
        };
    }

    /// <summary>A Spectre console on one of the streams.</summary>
    public static IAnsiConsole Ansi(TextWriter stream, bool colour) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(stream),
    });
}
