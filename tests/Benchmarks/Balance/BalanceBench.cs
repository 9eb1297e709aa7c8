using Millrace.Benchmarks.Running;

namespace Millrace.Benchmarks.Balance;

/// <summary>What each strategy does about uneven load, with real processes well below what the machine can do: the time
/// that events cost is waited, not worked.</summary>
internal sealed class BalanceBench(bool quick)
{
    private const int MostRounds = 3;

    private static readonly string[] _strategies = ["round-robin", "random", "weighted-resources", "weighted-load"];

    private readonly TimeSpan _time = TimeSpan.FromSeconds(quick ? 20 : 45);

    /// <returns>0: all counts are exact, and weighted-load is the best and settled within three rounds, with no
    /// task moved twice.</returns>
    public async Task<int> RunAsync(string? json, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("millrace-bench-").FullName;
        var rows = new List<BalanceRow>();
        try
        {
            foreach (string strategy in _strategies)
            {
                var trial = new StrategyTrial(strategy, _time);
                rows.Add(await trial.RunAsync(Path.Combine(folder, strategy), cancellation));
                BalanceTable.Print(rows[^1], first: rows.Count == 1);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        await BenchReport.WriteAsync(json, rows, cancellation);
        BalanceRow best = rows.MinBy(r => r.ImbalanceAfter)!;
        bool settled = best.SettledAfterSeconds is not null && best.Rounds <= MostRounds && best.MovedAgain == 0;
        return rows.All(r => r.Exact) && best.Strategy == "weighted-load" && settled ? 0 : 1;
    }
}
