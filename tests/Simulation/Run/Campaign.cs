using System.Diagnostics;
using Millrace.Checking.Histories;
using Millrace.Common.Failpoints;

namespace Millrace.Simulation.Run;

/// <summary>Runs many seeds on all processors and reports the sum.</summary>
internal sealed class Campaign(Arguments arguments, TextWriter output)
{
    private const int MostFailuresShown = 5;
    private const int MostViolationsShown = 8;

    /// <summary>One seed of so many is run a second time, to see that it gives the same trace.</summary>
    private const int TwiceOneOf = 100;

    private readonly Lock _lock = new();
    private readonly List<RunResult> _failures = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Stopwatch _clock = new();
    private volatile bool _caught;
    private long _started;
    private long _done;
    private long _repeated;
    private long _faults;
    private long _steps;
    private double _simulatedSeconds;
    private ulong _hash;
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
        TimeSpan before = Environment.CpuUsage.TotalTime;
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

        return Summarize(Environment.CpuUsage.TotalTime - before);
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

            ulong seed = arguments.From + (ulong)index;
            RunResult result = Simulation.Run(seed);
            bool twice = arguments.Twice || seed % TwiceOneOf == 0;
            Record(twice ? result.ComparedWith(Simulation.Run(seed)) : result, twice);
        }
    }

    private void Record(RunResult result, bool twice)
    {
        lock (_lock)
        {
            _done++;
            _repeated += twice ? 1 : 0;
            _faults += result.Faults;
            _steps += result.Steps;
            _simulatedSeconds += result.SimulatedSeconds;
            // A sum, because seeds end in any order; with the seed in it, so that two of them cannot change places.
            _hash += (result.TraceHash ^ result.Seed) * 0x9E3779B97F4A7C15;
            if (arguments.Coverage)
            {
                Count(result.Counts);
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
                    + $"{_done / _clock.Elapsed.TotalMinutes:F0} seeds/min");
            }
        }
    }

    private void Count(IReadOnlyDictionary<string, int> counts)
    {
        foreach ((string what, int times) in counts)
        {
            _counts[what] = _counts.GetValueOrDefault(what) + times;
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

        output.WriteLine($"seed {result.Seed}: {result.Violations.Count} in all; replay: "
            + $"scripts/simulate --replay {result.Seed}{arguments.Context} --trace trace.txt");
    }

    private int Summarize(TimeSpan processor)
    {
        foreach ((string what, long times) in _counts)
        {
            output.WriteLine($"{times,12} {what}");
        }

        if (arguments.Mutant != Mutant.None)
        {
            string after = FirstFailure is { } first
                ? $"caught by seed {first.Seed} ({first.Invariants})"
                : $"survived {_done} seeds";
            output.WriteLine($"mutant {arguments.Mutant}: {after}");
        }

        var record = new RunRecord(
            arguments.Build,
            arguments.From,
            _done,
            _faults,
            _failures.Sum(f => f.Violations.Count),
            _clock.Elapsed.TotalMinutes,
            _simulatedSeconds,
            $"{_hash:x16}");
        if (arguments.RecordFile is { } file)
        {
            record.AppendTo(file);
        }

        output.WriteLine(
            $"build={record.Build} hash={record.Hash} repeated={_repeated} steps_per_seed={_steps / _done} "
            + $"processor_ms_per_seed={processor.TotalMilliseconds / (_done + _repeated):F1}");
        output.WriteLine(record.Line);
        return record.Violations == 0 ? 0 : 1;
    }
}
