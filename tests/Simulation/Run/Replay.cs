using Millrace.Checking.Histories;

namespace Millrace.Simulation.Run;

/// <summary>Runs one seed again and says what happened.</summary>
internal sealed class Replay(Arguments arguments, TextWriter output)
{
    /// <returns>The process's exit code: 0 when nothing was violated.</returns>
    public int Run()
    {
        using TextWriter? trace = arguments.TraceFile is null ? null : new StreamWriter(arguments.TraceFile);
        RunResult result = Simulation.Run(arguments.From, trace, arguments.Reduction);
        foreach (Violation violation in result.Violations)
        {
            output.WriteLine($"seed {result.Seed}: {violation}");
        }

        output.WriteLine(
            $"seed={result.Seed} faults={result.Faults} violations={result.Violations.Count} "
            + $"simulated_s={result.SimulatedSeconds:F1} events={result.Events} steps={result.Steps} "
            + $"hash={result.TraceHash:x16}");
        return result.Violations.Count == 0 ? 0 : 1;
    }
}
