using System.Diagnostics;
using System.Globalization;
using Millrace.Chaos.Injection;
using Millrace.Chaos.Networks;

namespace Millrace.Chaos;

internal static class Program
{
    private const int UsageError = 2;

    /// <summary>Of a round's violations.</summary>
    private const int Shown = 8;
    private static readonly TimeSpan _roundLimit = TimeSpan.FromMinutes(10);

    public static async Task<int> Main(string[] arguments)
    {
        if (ChaosOptions.Parse(arguments) is not { } options)
        {
            await Console.Error.WriteLineAsync(ChaosOptions.Usage);
            return UsageError;
        }

        if (PrivateNetwork.IsOurs)
        {
            await PrivateNetwork.OpenLoopbackAsync(CancellationToken.None);
        }

        var report = new ChaosReport();
        List<FaultKind> kinds = Possible(options.Kinds, report);
        var clock = Stopwatch.StartNew();
        while (kinds.Count > 0
            && (report.Rounds == 0 || options.Time is null || clock.Elapsed < options.Time)
            && (report.IsClean || options.Control is not null))
        {
            var random = new Random(options.Seed + report.Rounds);
            await RoundAsync(options.Plan(report.Rounds, random, kinds, () => clock.Elapsed), report, random, options);
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"... {clock.Elapsed.TotalMinutes:F1} min, round {report.Rounds}: {report.Line}"));
        }

        foreach (string line in report.Table())
        {
            Console.WriteLine(line);
        }

        if (options.Json is not null)
        {
            await File.WriteAllTextAsync(
                options.Json, report.ToJson(options.Seed, clock.Elapsed.TotalMinutes));
        }

        Console.WriteLine(report.Line);
        return options.Control is null ? Verdict(report) : ControlVerdict(report, options.Control);
    }

    /// <summary>Says of each kind that this machine cannot have why that is so.</summary>
    private static List<FaultKind> Possible(IEnumerable<FaultKind> kinds, ChaosReport report)
    {
        var possible = new List<FaultKind>();
        foreach (FaultKind kind in kinds)
        {
            if (FaultInjector.Obstacle(kind) is { Length: > 0 } obstacle)
            {
                report.Skipped[kind] = obstacle;
            }
            else
            {
                possible.Add(kind);
            }
        }

        return possible;
    }

    private static int Verdict(ChaosReport report) => report.IsClean ? 0 : 1;

    /// <summary>With a planted bug, finding nothing is the failure.</summary>
    private static int ControlVerdict(ChaosReport report, string control)
    {
        Console.WriteLine(
            $"control {control}: the checks failed in {report.BadRounds} of {report.Rounds} rounds, "
            + (report.BadRounds > 0 ? "as they must" : "and they must"));
        return report.BadRounds > 0 ? 0 : 1;
    }

    private static async Task RoundAsync(RoundPlan plan, ChaosReport report, Random random, ChaosOptions options)
    {
        using var limit = new CancellationTokenSource(_roundLimit);
        await using var round = new ChaosRound(plan, report, random, limit.Token);
        try
        {
            IReadOnlyList<string> violations = await round.RunAsync();
            report.AddRound(violations);
            if (violations.Count > 0 || !report.IsClean)
            {
                await Console.Error.WriteLineAsync(string.Join('\n', violations.Take(Shown)));
                if (options.Control is null)
                {
                    await Console.Error.WriteLineAsync(round.DumpLogs());
                }
            }
        }
        catch
        {
            await Console.Error.WriteLineAsync(round.DumpLogs());
            throw;
        }
    }
}
