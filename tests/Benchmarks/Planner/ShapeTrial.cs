using System.Diagnostics;
using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;
using CorePlanner = Millrace.Coordinator.Core.Placement.Planning.Planner;

namespace Millrace.Benchmarks.Planner;

/// <summary>One shape with several seeds.</summary>
internal sealed class ShapeTrial(int tasks, int workers, int[] seeds, int repetitions)
{
    private const double Skew = 1.79;
    private const double NewcomerCapacity = 1;
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1.5);

    private readonly List<double> _fullMs = [];
    private readonly List<double> _incrementalMs = [];

    public PlannerRow Run()
    {
        List<SeedResult> results = [.. seeds.Select(Measure)];
        return new PlannerRow
        {
            Shape = $"{tasks}x{workers}",
            FullP99Ms = Percentile(_fullMs, 0.99),
            FullP50Ms = Percentile(_fullMs, 0.50),
            FullImbalance = Rounded(results.Max(r => r.Full.ImbalanceAfter)),
            FullLowerBound = results.Max(r => r.Full.LowerBound),
            IncrementalP99Ms = Percentile(_incrementalMs, 0.99),
            IncrementalP50Ms = Percentile(_incrementalMs, 0.50),
            IncrementalImbalance = Rounded(results.Max(r => r.Incremental.ImbalanceAfter)),
            IncrementalLowerBound = results.Max(r => r.Incremental.LowerBound),
            IncrementalMoves = results.Max(r => r.Incremental.Moves.Count),
            BytesMovedRatio = results.Max(r => r.BytesRatio),
            Skew = results.Max(r => r.Incremental.ImbalanceBefore),
            LeaveMoves = results.Sum(r => r.LeaveMoves),
            LeaveOrphans = results.Sum(r => r.LeaveOrphans),
            JoinMoves = results.Max(r => r.JoinMoves),
            JoinFairShare = results.Min(r => r.JoinFairShare),
            Seeds = seeds.Length,
            Twins = [.. TwinTrial.All.Select(RunTwin)],
        };
    }

    private TwinRow RunTwin(ITwin twin) => new TwinTrial(twin, Shape.Make(tasks, workers, seeds[0])).Run(seeds[0]);

    private SeedResult Measure(int seed)
    {
        var shape = Shape.Make(tasks, workers, seed);
        int[] owner = RoundRobin();
        Plan full = Time(shape.Input(owner), Options(shape) with { Full = true }, _fullMs);
        owner = After(owner, full);
        Shape drifted = shape.Drift(owner, Skew, seed);
        Plan incremental = Time(drifted.Input(owner), Options(shape) with { Full = false }, _incrementalMs);
        (int leaveMoves, int orphans) = Leave(shape, owner, seed);
        return new SeedResult(
            full,
            incremental,
            (double)incremental.BytesMoved / shape.StateBytes.Sum(),
            leaveMoves,
            orphans,
            Join(shape, owner),
            (int)(tasks * NewcomerCapacity / (shape.Capacity.Sum() + NewcomerCapacity)));
    }

    /// <summary>Budgets as in operation, except for full plans: those are asked for.</summary>
    private static PlanOptions Options(Shape shape) =>
        PlanOptions.Default.WithShareOf(shape.Load.Length, shape.StateBytes.Sum());

    private Plan Time(PlanInput input, PlanOptions options, List<double> times)
    {
        if (options.Full)
        {
            options = options with { MaxMoves = int.MaxValue, MaxBytes = long.MaxValue };
        }

        long warm = Stopwatch.GetTimestamp();
        while (times.Count == 0 && Stopwatch.GetElapsedTime(warm) < _warmUp)
        {
            Make(input, options);
        }

        Plan? plan = null;
        for (int i = 0; i < repetitions; i++)
        {
            long began = Stopwatch.GetTimestamp();
            plan = Make(input, options);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return plan!;
    }

    private (int Moves, int Orphans) Leave(Shape shape, int[] owner, int seed)
    {
        var roles = new WorkerRole[workers];
        int gone = new Random(seed).Next(workers);
        roles[gone] = WorkerRole.Gone;
        Plan plan = Make(shape.Input(owner, roles), Options(shape));
        return (plan.Moves.Count, owner.Count(w => w == gone));
    }

    private int Join(Shape shape, int[] owner)
    {
        Shape larger = shape.WithWorker(NewcomerCapacity);
        var roles = new WorkerRole[workers + 1];
        roles[workers] = WorkerRole.Newcomer;
        Plan plan = Make(larger.Input(owner, roles), Options(shape));
        return plan.Moves.Count;
    }

    private int[] RoundRobin() => [.. Enumerable.Range(0, tasks).Select(t => t % workers)];

    private static Plan Make(PlanInput input, PlanOptions options) =>
        CorePlanner.Make(input, options, StrategyTable.Default);

    private static int[] After(int[] owner, Plan plan)
    {
        int[] result = [.. owner];
        foreach (PlannedMove move in plan.Moves)
        {
            result[move.Task] = move.To;
        }

        return result;
    }

    /// <summary>Without the last bits that sums in another order would change.</summary>
    private static double Rounded(double value) => Math.Round(value, 6);

    private static double Percentile(List<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }

    private sealed record SeedResult(
        Plan Full,
        Plan Incremental,
        double BytesRatio,
        int LeaveMoves,
        int LeaveOrphans,
        int JoinMoves,
        int JoinFairShare);
}
