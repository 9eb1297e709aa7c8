using Millrace.Checking.Histories;
using Millrace.Simulation.Faults;

namespace Millrace.Simulation.Run;

/// <summary>Leaves out of a failing seed whatever can be left out while the same invariant is still violated: kinds of
/// faults, single faults by bisection, workers, producers and events.</summary>
internal sealed class Shrinker(Arguments arguments, TextWriter output)
{
    private Reduction _best = arguments.Reduction;
    private RunResult _result = null!;
    private string _invariant = "";
    private int _runs;

    /// <returns>The process's exit code: 1 when the seed fails, 0 when there is nothing to shrink.</returns>
    public int Run()
    {
        _result = Simulation.Run(arguments.From, reduction: _best);
        if (_result.Violations.Count == 0)
        {
            output.WriteLine($"seed {arguments.From} violates nothing.");
            return 0;
        }

        _invariant = _result.Violations[0].Invariant;
        output.WriteLine($"seed {arguments.From}: {_result.Violations[0]} ({_result.Faults} faults)");
        _best = _best with { Faults = [.. _result.Injected.Select(f => f.Number)] };
        DropKinds();
        int before;
        do
        {
            before = _runs == 0 ? 0 : _best.Faults!.Count;
            DropFaults();
            DropMachines();
        }
        while (_best.Faults!.Count < before);

        foreach (InjectedFault fault in _result.Injected)
        {
            output.WriteLine($"  fault {fault.Number} at {fault.AtUs / 1e6:F3} s: {fault.Kind}");
        }

        output.WriteLine($"{_result.Violations.First(v => v.Invariant == _invariant)}");
        output.WriteLine($"{_result.Faults} faults are left after {_runs} runs; replay: scripts/simulate --replay "
            + $"{arguments.From}{arguments.Context}{_best.Words} --trace trace.txt");
        return 1;
    }

    private void DropKinds()
    {
        foreach (FaultKind kind in _result.Injected.Select(f => f.Kind).Distinct().ToArray())
        {
            Try(_best with { Faults = [.. _result.Injected.Where(f => f.Kind != kind).Select(f => f.Number)] });
        }
    }

    /// <summary>Halves first, then ever smaller parts, down to single faults.</summary>
    private void DropFaults()
    {
        for (int size = (_best.Faults!.Count + 1) / 2; size > 0; size /= 2)
        {
            for (int at = 0; at < _best.Faults!.Count;)
            {
                int[] rest = [.. _best.Faults.Take(at), .. _best.Faults.Skip(at + size)];
                at += Try(_best with { Faults = rest }) ? 0 : size;
            }
        }
    }

    private void DropMachines()
    {
        SimOptions drawn = _best.Of(SimOptions.Of(arguments.From));
        LowestOf(1, drawn.Workers, n => _best with { Workers = n });
        LowestOf(1, drawn.Producers, n => _best with { Producers = n });
        for (int events = drawn.EventsPerLane / 2; events > 0 && Try(_best with { Events = events }); events /= 2)
        {
        }
    }

    private void LowestOf(int first, int end, Func<int, Reduction> with)
    {
        for (int n = first; n < end && !Try(with(n)); n++)
        {
        }
    }

    private bool Try(Reduction reduction)
    {
        _runs++;
        RunResult result = Simulation.Run(arguments.From, reduction: reduction);
        Violation? same = result.Violations.FirstOrDefault(v => v.Invariant == _invariant);
        if (same is not null)
        {
            _best = reduction;
            _result = result;
        }

        return same is not null;
    }
}
