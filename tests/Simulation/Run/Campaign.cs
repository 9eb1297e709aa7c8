using System.Diagnostics;
using Millrace.Checking.Histories;
using Millrace.Common.Failpoints;

namespace Millrace.Simulation.Run;

/// <summary>Runs many seeds on all processors and reports the sum.</summary>
internal sealed class Campaign(Arguments arguments, TextWriter output)
{
    private const int MostFailuresShown = 5;
    private const int MostViolationsShown = 8;

    private readonly Lock _lock = new();
    private readonly List<RunResult> _failures = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Stopwatch _clock = new();
    private volatile bool _caught;
    private long _started;
    private long _done;
    private long _faults;
    private double _simulatedSeconds;
    private TimeSpan _nextProgress = TimeSpan.FromSeconds(5);

    /// <summary>The lowest seed with a violation; null: there is none. Seeds are begun in order and what was begun is
    /// ended, so no lower one was left out.</summary>
    public RunResult? FirstFailure => _failures.MinBy(f => f.Seed);

    /// <returns>The process's exit code: 0 when nothing was violated.</returns>
    public int Run()
    {
        if (arguments.Mutant != Mutant.None && !Mutants.Is(arguments.Mutant))
        {
            output.WriteLine("This build has no mutants: build it with -p:MillraceTestBuild=true.");
            return 2;
        }

        _clock.Start();
        int threads = Math.Min(arguments.Threads, arguments.Seeds);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(i => new Thread(Work) { Name = $"seeds-{i}" })];
        foreach (Thread worker in workers)
        {
            worker.Start();
        }

        foreach (Thread worker in workers)
        {
            worker.Join();
        }

        return Summarize();
    }

    private void Work()
    {
        while (true)
        {
            long index = Interlocked.Increment(ref _started) - 1;
            bool caught = arguments.Mutant != Mutant.None && _caught;
            if (index >= arguments.Seeds || caught)
            {
                return;
            }

            Record(Simulation.Run(arguments.From + (ulong)index));
        }
    }

    private void Record(RunResult result)
    {
        lock (_lock)
        {
            _done++;
            _faults += result.Faults;
            _simulatedSeconds += result.SimulatedSeconds;
            foreach ((string what, int times) in result.Counts)
            {
                _counts[what] = _counts.GetValueOrDefault(what) + times;
            }

            if (arguments.Hashes)
            {
                output.WriteLine($"seed={result.Seed} hash={result.TraceHash:x16} faults={result.Faults}");
            }

            if (result.Violations.Count > 0)
            {
                _failures.Add(result);
                _caught = true;
                Show(result);
            }

            if (_clock.Elapsed >= _nextProgress)
            {
                _nextProgress = _clock.Elapsed + TimeSpan.FromSeconds(10);
                output.WriteLine(
                    $"... {_done} of {arguments.Seeds} seeds, {_faults} faults, {_failures.Count} with violations, "
                    + $"{SeedsPerMinute:F0} seeds/min");
            }
        }
    }

    private void Show(RunResult result)
    {
        if (_failures.Count > MostFailuresShown)
        {
            return;
        }

        foreach (Violation violation in result.Violations.Take(MostViolationsShown))
        {
            output.WriteLine($"seed {result.Seed}: {violation}");
        }

        string mutant = arguments.Mutant == Mutant.None ? "" : $" --mutant {arguments.Mutant}";
        output.WriteLine($"seed {result.Seed}: {result.Violations.Count} in all; replay: "
            + $"scripts/simulate --replay {result.Seed}{mutant} --trace trace.txt");
    }

    private int Summarize()
    {
        int violations = _failures.Sum(f => f.Violations.Count);
        foreach ((string what, long times) in arguments.Coverage ? _counts : [])
        {
            output.WriteLine($"{times,12} {what}");
        }

        output.WriteLine($"simulated {_simulatedSeconds / 3600:F1} hours in {_clock.Elapsed.TotalSeconds:F1} s");
        if (arguments.Mutant != Mutant.None)
        {
            string after = FirstFailure is { } first
                ? $"caught by seed {first.Seed} ({first.Invariants})"
                : $"survived {_done} seeds";
            output.WriteLine($"mutant {arguments.Mutant}: {after}");
        }

        output.WriteLine(
            $"seeds={_done} faults={_faults} violations={violations} seeds_per_min={SeedsPerMinute:F0}");
        return violations == 0 ? 0 : 1;
    }

    private double SeedsPerMinute => _done / Math.Max(_clock.Elapsed.TotalMinutes, 1e-9);
}
