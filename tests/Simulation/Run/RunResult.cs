using Millrace.Checking.Histories;

namespace Millrace.Simulation.Run;

/// <summary>What came of one seed.</summary>
/// <param name="Faults">How many faults were injected.</param>
/// <param name="Counts">How often each thing happened, for whoever wants to know what the seeds reach.</param>
/// <param name="TraceHash">The same for every run of the seed.</param>
internal sealed record RunResult(
    ulong Seed,
    int Faults,
    double SimulatedSeconds,
    long Steps,
    int Events,
    ulong TraceHash,
    IReadOnlyList<Violation> Violations,
    IReadOnlyDictionary<string, int> Counts)
{
    /// <summary>The invariants that were violated, each once.</summary>
    public string Invariants => string.Join(' ', Violations.Select(v => v.Invariant).Distinct());
}
