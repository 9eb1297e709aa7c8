using System.Globalization;

namespace Millrace.Benchmarks.Balance;

/// <summary>The rows as a table for people.</summary>
internal static class BalanceTable
{
    public static void Print(BalanceRow row, bool first)
    {
        if (first)
        {
            Console.WriteLine(
                $"{"strategy",-19} {"max/mean before",15} {"after",6} {"lag before",10} {"after",7} {"moves",5} "
                + $"{"rounds",6} {"settled",8} {"moved again",11} {"exact",5}");
        }

        string settled = row.SettledAfterSeconds is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s")
            : "never";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Strategy,-19} {row.ImbalanceBefore,15:F2} {row.ImbalanceAfter,6:F2} {row.LagBefore,10:N0} ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"{row.LagAfter,7:N0} {row.Moves,5} {row.Rounds,6} {settled,8} {row.MovedAgain,11} ")
            + $"{(row.Exact ? "yes" : "NO"),5}");
    }
}
