namespace Millrace.Cli.Dev;

/// <summary>What a child printed itself, beside its log: kept in a file, and the newest lines at hand.</summary>
internal sealed class ChildOutput(string path)
{
    private const int Newest = 20;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = [];

    public void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > Newest)
            {
                _lines.Dequeue();
            }

            File.AppendAllText(path, line + "\n");
        }
    }

    public string[] Take()
    {
        lock (_gate)
        {
            string[] lines = [.. _lines];
            _lines.Clear();
            return lines;
        }
    }
}
