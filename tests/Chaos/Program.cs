using System.Diagnostics;
using System.Globalization;

namespace Millrace.Chaos;

internal static class Program
{
    private const int UsageError = 2;
    private static readonly TimeSpan _roundLimit = TimeSpan.FromMinutes(10);

    public static async Task<int> Main(string[] arguments)
    {
        if (ChaosOptions.Parse(arguments) is not { } options)
        {
            await Console.Error.WriteLineAsync(ChaosOptions.Usage);
            return UsageError;
        }

        var report = new ChaosReport();
        long start = Stopwatch.GetTimestamp();
        do
        {
            var random = new Random(options.Seed + report.Rounds);
            await RoundAsync(report, random, options);
            report.Rounds++;
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"... {Stopwatch.GetElapsedTime(start).TotalMinutes:F1} min, round {report.Rounds}: {report.Line}"));
        }
        while (report.IsClean && Stopwatch.GetElapsedTime(start) < options.Time);

        foreach (string line in report.Table())
        {
            Console.WriteLine(line);
        }

        if (options.Json is not null)
        {
            await File.WriteAllTextAsync(
                options.Json, report.ToJson(options.Seed, Stopwatch.GetElapsedTime(start).TotalMinutes));
        }

        Console.WriteLine(report.Line);
        return report.IsClean ? 0 : 1;
    }

    private static async Task RoundAsync(ChaosReport report, Random random, ChaosOptions options)
    {
        using var limit = new CancellationTokenSource(_roundLimit);
        await using var round = new ChaosRound(report, random, options.Kinds);
        try
        {
            IReadOnlyList<string> violations = await round.RunAsync(options.EventsEach, limit.Token);
            report.Add(violations);
            if (violations.Count > 0 || !report.IsClean)
            {
                await Console.Error.WriteLineAsync(string.Join('\n', violations.Take(20)));
                await Console.Error.WriteLineAsync(round.DumpLogs());
            }
        }
        catch
        {
            await Console.Error.WriteLineAsync(round.DumpLogs());
            throw;
        }
    }
}
