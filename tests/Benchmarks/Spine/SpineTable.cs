using System.Globalization;

namespace Millrace.Benchmarks.Spine;

/// <summary>The rows as a table for people.</summary>
internal static class SpineTable
{
    public static void Print(IReadOnlyList<SpineRow> rows)
    {
        Console.WriteLine(
            $"{"batch",5} {"events/s",12} {"ceiling/s",12} {"ratio",6} {"cpu ns/event p+c+w",22} "
            + $"{"ack p50 ms",11} {"p99 ms",8} {"ceil p99",9}");
        foreach (SpineRow row in rows)
        {
            CpuPerEvent cpu = row.CpuNsPerEvent;
            string times = $"{cpu.Producer:F0}+{cpu.Coordinator:F0}+{cpu.Workers:F0}";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Batch,5} {row.EventsPerSecond,12:N0} {row.CeilingEventsPerSecond,12:N0} {row.Ratio,6:F2} "
                + $"{times,22} {row.AckP50Ms,11:F2} {row.AckP99Ms,8:F2} {row.CeilingAckP99Ms,9:F2}"));
        }

        SpineRow any = rows[0];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"sync p99 {any.SyncP99Ms:F2} ms, failover max {Show(any.FailoverMaxMs)}, "
            + $"restart to first ack {Show(any.RestartMs)}, reconciled {(any.Reconciled == true ? "yes" : "NO")}"));
    }

    private static string Show(double? milliseconds) =>
        milliseconds is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:F0} ms") : "not measured";
}
