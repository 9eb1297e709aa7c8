using System.Text.Json;
using Millrace.Chaos.Injection;

namespace Millrace.Chaos;

/// <summary>What a run of chaos did and found.</summary>
internal sealed class ChaosReport
{
    private readonly SortedDictionary<FaultKind, int> _faults = [];
    private readonly SortedDictionary<FaultKind, List<double>> _recoveries = [];

    private readonly SortedDictionary<string, int> _flips = [];

    public int Rounds { get; private set; }

    /// <summary>Rounds in which a checker found something.</summary>
    public int BadRounds { get; private set; }

    /// <summary>Kinds that could not be injected here, and why.</summary>
    public SortedDictionary<FaultKind, string> Skipped { get; } = [];

    public long Acked { get; set; }

    /// <summary>Acked events that are not stored, and keys counted too seldom.</summary>
    public int Lost { get; private set; }

    /// <summary>Events stored twice, and keys counted too often.</summary>
    public int Duplicated { get; private set; }

    /// <summary>Commits accepted under an epoch that was not current.</summary>
    public int StaleCommits { get; private set; }

    /// <summary>Everything else that a checker found.</summary>
    public int OtherViolations { get; private set; }

    /// <summary>Workers given up although they lived and were away for less than their lease.</summary>
    public int FalseEvictions { get; set; }

    public int Faults => _faults.Values.Sum();

    /// <summary>Processes that died of kill -9.</summary>
    public int Kills =>
        Count(FaultKind.KillWorker) + Count(FaultKind.KillCoordinator) + (2 * Count(FaultKind.KillBoth));

    public bool IsClean => Lost + Duplicated + StaleCommits + OtherViolations + FalseEvictions == 0;

    public string Line =>
        $"chaos: {Faults} faults, {Kills} kills, {Acked} events acked, {Lost} lost, {Duplicated} duplicated, "
        + $"{StaleCommits} stale commits accepted, {OtherViolations} other violations, "
        + $"{FalseEvictions} false evictions";

    /// <param name="recovery">From the fault to the first event of every task it took, or to the next ack; null: there
    /// was nothing to recover.</param>
    public void Add(FaultKind kind, TimeSpan? recovery)
    {
        _faults[kind] = Count(kind) + 1;
        if (recovery is { } time)
        {
            if (!_recoveries.TryGetValue(kind, out List<double>? times))
            {
                _recoveries[kind] = times = [];
            }

            times.Add(time.TotalMilliseconds);
        }
    }

    public void Add(IEnumerable<(string Type, FlipOutcome Outcome)> flips)
    {
        foreach ((string type, FlipOutcome outcome) in flips)
        {
            string what = $"{type} {Name(outcome)}";
            _flips[what] = _flips.GetValueOrDefault(what) + 1;
        }
    }

    public void AddRound(IReadOnlyList<string> violations)
    {
        Rounds++;
        BadRounds += violations.Count > 0 ? 1 : 0;
        foreach (string violation in violations)
        {
            if (violation.StartsWith("V1 ", StringComparison.Ordinal) || violation.Contains("lost count"))
            {
                Lost++;
            }
            else if (violation.StartsWith("V2 ", StringComparison.Ordinal)
                || violation.StartsWith("V10 ", StringComparison.Ordinal))
            {
                Duplicated++;
            }
            else if (violation.StartsWith("V7 ", StringComparison.Ordinal))
            {
                StaleCommits++;
            }
            else
            {
                OtherViolations++;
            }
        }
    }

    /// <summary>One line a kind of fault.</summary>
    public IEnumerable<string> Table()
    {
        yield return $"{"fault",-22}{"count",7}{"p50 ms",10}{"p99 ms",10}{"max ms",10}";
        foreach ((FaultKind kind, int count) in _faults)
        {
            List<double> times = _recoveries.GetValueOrDefault(kind, []);
            yield return times.Count == 0
                ? $"{Name(kind),-22}{count,7}"
                : $"{Name(kind),-22}{count,7}{At(times, 0.5),10:F0}{At(times, 0.99),10:F0}{times.Max(),10:F0}";
        }

        foreach ((string what, int count) in _flips)
        {
            yield return $"bit flipped in {what}: {count}";
        }

        foreach ((FaultKind kind, string obstacle) in Skipped)
        {
            yield return $"skipped {Name(kind)}: {obstacle}";
        }
    }

    public string ToJson(int seed, double minutes) => JsonSerializer.Serialize(
        new
        {
            seed,
            minutes,
            rounds = Rounds,
            faults = _faults.ToDictionary(f => Name(f.Key), f => f.Value),
            flips = _flips,
            skipped = Skipped.ToDictionary(s => Name(s.Key), s => s.Value),
            kills = Kills,
            events_acked = Acked,
            lost = Lost,
            duplicated = Duplicated,
            stale_commits_accepted = StaleCommits,
            other_violations = OtherViolations,
            false_evictions = FalseEvictions,
            recovery_ms = _recoveries.ToDictionary(
                r => Name(r.Key),
                r => new { p50 = At(r.Value, 0.5), p99 = At(r.Value, 0.99), max = r.Value.Max() }),
        },
        new JsonSerializerOptions { WriteIndented = true }) + "\n";

    public static string Name(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static double At(List<double> times, double quantile)
    {
        double[] sorted = [.. times.Order()];
        return sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
    }

    private int Count(FaultKind kind) => _faults.GetValueOrDefault(kind);
}
