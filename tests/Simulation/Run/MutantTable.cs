using System.ComponentModel;
using System.Reflection;
using Millrace.Common.Failpoints;

namespace Millrace.Simulation.Run;

/// <summary>Switches every planted bug on in turn and says after how many seeds which checker saw it. How many that are
/// depends on nothing but the seeds.</summary>
internal sealed class MutantTable(Arguments arguments, TextWriter output)
{
    /// <returns>The process's exit code: 0 when every one was caught.</returns>
    public int Run()
    {
        Mutant[] all = [.. Enum.GetValues<Mutant>().Where(m => m != Mutant.None)];
        int caught = 0;
        output.WriteLine("| planted bug | what it does | seeds | seen by |");
        output.WriteLine("|---|---|---|---|");
        foreach (Mutant mutant in all)
        {
            RunResult? first = FirstCatch(mutant);
            caught += first is null ? 0 : 1;
            string seeds = first is null ? $"more than {arguments.Seeds}" : $"{first.Seed - arguments.From + 1}";
            output.WriteLine($"| {mutant} | {Describe(mutant)} | {seeds} | {first?.Invariants ?? "nobody"} |");
        }

        output.WriteLine($"{caught} of {all.Length} mutants killed");
        return caught == all.Length ? 0 : 1;
    }

    private RunResult? FirstCatch(Mutant mutant)
    {
        Mutants.Activate(mutant);
        var campaign = new Campaign(arguments with { Mutant = mutant }, TextWriter.Null);
        campaign.Run();
        Mutants.Activate(Mutant.None);
        return campaign.FirstFailure;
    }

    private static string Describe(Mutant mutant) =>
        typeof(Mutant).GetField($"{mutant}")!.GetCustomAttribute<DescriptionAttribute>()!.Description;
}
