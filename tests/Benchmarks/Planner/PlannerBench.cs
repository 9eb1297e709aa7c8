using Millrace.Benchmarks.Running;

namespace Millrace.Benchmarks.Planner;

/// <summary>How fast and how well the planner plans, beside other ways to assign. Every seed makes up its own cluster;
/// qualities are the worst of all seeds.</summary>
internal sealed class PlannerBench(bool quick)
{
    private static readonly int[] _seeds = [1, 2, 3, 4, 5, 6, 7, 8];

    private static readonly (int Tasks, int Workers)[] _shapes = [(100_000, 1_000), (100_000, 10_000), (10_000, 100)];

    private readonly int _repetitions = quick ? 4 : 25;

    public async Task<int> RunAsync(string? json, CancellationToken cancellation)
    {
        var rows = new List<PlannerRow>();
        foreach ((int tasks, int workers) in _shapes)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Add(new ShapeTrial(tasks, workers, _seeds, _repetitions).Run());
            PlannerTable.Print(rows[^1], first: rows.Count == 1);
        }

        await BenchReport.WriteAsync(json, rows, cancellation);
        return 0;
    }
}
