using System.Diagnostics;

namespace Millrace.Benchmarks.Planner;

/// <summary>Another way to assign, with one seed's cluster.</summary>
internal sealed class TwinTrial(ITwin twin, Shape shape)
{
    private const int Repetitions = 3;

    public static IReadOnlyList<ITwin> All { get; } = [new StickyTwin(), new RendezvousTwin(), new RoundRobinTwin()];

    public TwinRow Run(int seed)
    {
        int workers = shape.Capacity.Length;
        bool[] alive = [.. Enumerable.Repeat(true, workers)];
        int[] nobody = [.. Enumerable.Repeat(-1, shape.Load.Length)];
        var times = new List<double>();
        int[] owner = [];
        for (int i = 0; i < Repetitions; i++)
        {
            long began = Stopwatch.GetTimestamp();
            owner = twin.Assign(nobody, alive);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        int gone = new Random(seed).Next(workers);
        bool[] without = [.. alive];
        without[gone] = false;
        return new TwinRow
        {
            Name = twin.Name,
            FullP50Ms = times.Order().ElementAt(Repetitions / 2),
            FullImbalance = shape.Imbalance(owner),
            SkewedImbalance = shape.Drift(owner, double.NegativeInfinity, seed).Imbalance(twin.Assign(owner, alive)),
            LeaveMoves = Moves(owner, twin.Assign(owner, without)),
            LeaveOrphans = owner.Count(w => w == gone),
            JoinMoves = Moves(owner, twin.Assign(owner, [.. alive, true])),
        };
    }

    private static int Moves(int[] before, int[] after) => before.Zip(after).Count(p => p.First != p.Second);
}
