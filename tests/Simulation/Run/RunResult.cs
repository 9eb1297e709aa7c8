using Millrace.Checking.Histories;
using Millrace.Simulation.Faults;

namespace Millrace.Simulation.Run;

/// <summary>What came of one seed.</summary>
/// <param name="Injected">The faults that there were.</param>
/// <param name="Counts">How often each thing happened, for whoever wants to know what the seeds reach.</param>
/// <param name="TraceHash">The same for every run of the seed.</param>
internal sealed record RunResult(
    ulong Seed,
    IReadOnlyList<InjectedFault> Injected,
    double SimulatedSeconds,
    long Steps,
    int Events,
    ulong TraceHash,
    IReadOnlyList<Violation> Violations,
    IReadOnlyDictionary<string, int> Counts)
{
    public int Faults => Injected.Count;

    /// <summary>The invariants that were violated, each once.</summary>
    public string Invariants => string.Join(' ', Violations.Select(v => v.Invariant).Distinct());

    /// <summary>This result, with a violation if another run of the same seed was not the same run.</summary>
    public RunResult ComparedWith(RunResult again) => again.TraceHash == TraceHash && again.Steps == Steps
        ? this
        : this with
        {
            Violations =
            [
                .. Violations,
                new Violation("REPLAY", $"run again, the trace is {again.TraceHash:x16} and not {TraceHash:x16}"),
            ],
        };
}
