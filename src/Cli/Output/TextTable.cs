using System.Text;
using Spectre.Console;

namespace Millrace.Cli.Output;

/// <summary>
/// Rows under headers, in columns as wide as their widest cell. Columns whose header starts with '>' align right.
/// </summary>
internal sealed class TextTable(params string[] headers)
{
    private const string Gap = "  ";

    private readonly List<Cell[]> _rows = [];

    public void Add(params Cell[] cells) => _rows.Add(cells);

    /// <summary>Prints the table; without rows what to say instead.</summary>
    public void WriteTo(Terminal terminal, string whenEmpty)
    {
        if (_rows.Count == 0)
        {
            terminal.Out.WriteLine(whenEmpty);
            return;
        }

        int[] widths = [.. headers.Select((header, i) => Math.Max(
            header.TrimStart('>').Length, _rows.Max(row => Shown(row[i].Text).Length)))];
        Write(terminal, [.. headers.Select(header => new Cell(header.TrimStart('>')))], widths);
        foreach (Cell[] row in _rows)
        {
            Write(terminal, row, widths);
        }
    }

    /// <summary>A key may hold anything; a line of output may not.</summary>
    public static string Shown(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text.Length == 0 ? "-" : text;
        }

        var shown = new StringBuilder();
        foreach (char c in text)
        {
            _ = char.IsControl(c) ? shown.Append($"\\u{(int)c:x4}") : shown.Append(c);
        }

        return shown.ToString();
    }

    private static string Paint(string text, Tone tone)
    {
        string escaped = Markup.Escape(text);
        return tone switch
        {
            Tone.Good => $"[green]{escaped}[/]",
            Tone.Warning => $"[yellow]{escaped}[/]",
            Tone.Bad => $"[red]{escaped}[/]",
            _ => escaped,
        };
    }

    private void Write(Terminal terminal, Cell[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (int i = 0; i < cells.Length; i++)
        {
            string text = Shown(cells[i].Text);
            string space = new(' ', widths[i] - text.Length);
            string painted = terminal.OutHasColour ? Paint(text, cells[i].Tone) : text;
            bool right = headers[i].StartsWith('>');
            line.Append(i == 0 ? "" : Gap).Append(right ? space + painted : painted + space);
        }

        string whole = line.ToString().TrimEnd();
        if (terminal.OutHasColour)
        {
            IAnsiConsole ansi = Terminal.Ansi(terminal.Out, true);
            ansi.Profile.Width = 10_000;
            ansi.MarkupLine(whole);
        }
        else
        {
            terminal.Out.WriteLine(whole);
        }
    }
}
