using System.Text;

namespace Millrace.Cli.Demo;

/// <summary>What came of a demo.</summary>
/// <param name="Counts">Every key with its count, in byte order of the keys.</param>
/// <param name="WorkerBack">From the kill of a worker until every result was complete again.</param>
/// <param name="CoordinatorBack">The same for the coordinator.</param>
/// <param name="LongestPause">The longest wait for a fresh result during a planned change; null: there was
/// none.</param>
internal sealed record DemoResult(
    ulong Events,
    int Workers,
    IReadOnlyList<(string Word, ulong Count)> Counts,
    IReadOnlyList<(string Word, ulong Count)> Top,
    TimeSpan WorkerBack,
    TimeSpan CoordinatorBack,
    TimeSpan? LongestPause)
{
    private const int Killed = 2;

    /// <summary>
    /// "counts": a line "COUNT WORD" for each key. "facts": lines "name=value" that a shell can read.
    /// </summary>
    public void WriteTo(string directory)
    {
        Directory.CreateDirectory(directory);
        var counts = new StringBuilder();
        foreach ((string word, ulong count) in Counts)
        {
            counts.Append($"{count} {word}\n");
        }

        TimeSpan longer = WorkerBack > CoordinatorBack ? WorkerBack : CoordinatorBack;
        File.WriteAllText(Path.Combine(directory, "counts"), counts.ToString());
        File.WriteAllText(
            Path.Combine(directory, "facts"),
            $"events={Events}\nkeys={Counts.Count}\nworkers={Workers}\nkilled={Killed}\n"
            + $"recovered_ms={longer.TotalMilliseconds:0}\n");
    }
}
