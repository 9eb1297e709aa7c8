using System.Text.Json;

namespace Millrace.Integration.Tests.Checks;

/// <summary>Everything that one run left, read from its files.</summary>
public sealed record Dump(
    IReadOnlyList<HistoryLine> History,
    IReadOnlyList<IReadOnlyList<LogLine>> Logs,
    IReadOnlyList<AssignmentLine> Assignments,
    IReadOnlyList<CountLine> Counts,
    IReadOnlyList<EventLine> Events,
    IReadOnlyList<DecisionLine> Decisions)
{
    public const string HistoryFile = "history.jsonl";
    public const string AssignmentsFile = "assignments.jsonl";
    public const string CountsFile = "counts.jsonl";
    public const string EventsFile = "events.jsonl";
    public const string DecisionsFile = "decisions.jsonl";

    /// <summary>The final one.</summary>
    public IReadOnlyList<LogLine> Log => Logs[^1];

    public static string LogFile(int number) => $"log.{number}.jsonl";

    public static Dump Load(string folder)
    {
        var history = Lines<HistoryLine>(folder, HistoryFile).ToList();
        return new Dump(
            history,
            [.. history.OfType<LogRead>().Select(read => Lines<LogLine>(folder, LogFile(read.Dump)).ToList())],
            [.. Lines<AssignmentLine>(folder, AssignmentsFile)],
            [.. Lines<CountLine>(folder, CountsFile)],
            [.. Lines<EventLine>(folder, EventsFile)],
            [.. Lines<DecisionLine>(folder, DecisionsFile)]);
    }

    public static void Save<T>(string folder, string file, IEnumerable<T> lines) =>
        File.WriteAllLines(Path.Combine(folder, file), lines.Select(line => JsonSerializer.Serialize(line)));

    private static IEnumerable<T> Lines<T>(string folder, string file) =>
        File.ReadLines(Path.Combine(folder, file)).Select(line => JsonSerializer.Deserialize<T>(line)!);
}
