namespace Millrace.Benchmarks.Overload;

/// <summary>The row for people.</summary>
internal static class OverloadTable
{
    public static void Print(OverloadRow row)
    {
        Console.WriteLine($"peak               {row.PeakPerSecond,14:N0} events/s");
        Console.WriteLine($"offered            {row.OfferedPerSecond,14:N0} events/s");
        Console.WriteLine($"goodput            {row.GoodputPerSecond,14:N0} events/s, {row.Ratio:P0} of peak");
        Console.WriteLine($"dropped at source  {row.Dropped,14:N0} events");
        Console.WriteLine($"refused            {row.Refused,14:N0}");
        Console.WriteLine(
            $"ack p99            {row.AckP99BeforeMs:0.0} ms before, {row.AckP99DuringMs:0.0} ms during, "
            + $"{row.AckP99AfterMs:0.0} ms after");
        Console.WriteLine(
            $"normal again       after {row.NormalAfterSeconds:0.0} s; all applied after "
            + $"{row.AppliedAfterSeconds:0.0} s");
        Console.WriteLine(
            $"coordinator        {row.MemoryBeforeMiB:0} MiB before, {row.MemoryMostMiB:0} MiB at most; slowest status "
            + $"{row.SlowestStatusMs:0} ms");
        Console.WriteLine($"workers lost       {row.WorkersLost}");
        Console.WriteLine($"counts             {(row.Exact ? "exact" : "WRONG")}");
    }
}
