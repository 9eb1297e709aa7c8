using System.Globalization;

namespace Millrace.Benchmarks.Planner;

/// <summary>The rows as a table for people.</summary>
internal static class PlannerTable
{
    public static void Print(PlannerRow row, bool first)
    {
        if (first)
        {
            Console.WriteLine(
                $"{"shape, assignor",-24} {"full p50/p99 ms",17} {"imbalance",9} {"incr p50/p99 ms",17} "
                + $"{"from",5} {"to",6} {"bytes",7} {"moves",6} {"leave/orphans",13} {"join/fair",9}");
        }

        Write(
            $"{row.Shape,-24} {Pair(row.FullP50Ms, row.FullP99Ms),17} {row.FullImbalance,9:F4} "
            + Inv($"{Pair(row.IncrementalP50Ms, row.IncrementalP99Ms),17} {row.Skew,5:F2} ")
            + Inv($"{row.IncrementalImbalance,6:F3} {row.BytesMovedRatio,7:P2} {row.IncrementalMoves,6} ")
            + $"{$"{row.LeaveMoves}/{row.LeaveOrphans}",13} {$"{row.JoinMoves}/{row.JoinFairShare}",9}");
        if (row.FullLowerBound > 1 || row.IncrementalLowerBound > 1)
        {
            Write($"  whole partitions allow {row.FullLowerBound:F3}, skewed {row.IncrementalLowerBound:F3}");
        }

        foreach (TwinRow twin in row.Twins)
        {
            Write(
                $"  {twin.Name,-22} {Inv($"{twin.FullP50Ms:F1}"),17} {twin.FullImbalance,9:F4} {"",17} {"",5} "
                + Inv($"{twin.SkewedImbalance,6:F3} {"",7} {"",6} ")
                + $"{$"{twin.LeaveMoves}/{twin.LeaveOrphans}",13} {twin.JoinMoves,9}");
        }
    }

    private static string Pair(double middle, double high) => Inv($"{middle:F1}/{high:F1}");

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Write(FormattableString text) => Console.WriteLine(Inv(text));

    private static void Write(string text) => Console.WriteLine(text);
}
