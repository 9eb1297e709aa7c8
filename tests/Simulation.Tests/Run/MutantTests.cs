using Millrace.Common.Failpoints;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Tests.Run;

/// <summary>Planted bugs are found. One at a time: which one is on is a matter of the whole process.</summary>
[NonParallelizable]
public sealed class MutantTests
{
    /// <summary>A run ends with the seed that catches it. The rarest take about 300, a number that changes with every
    /// draw.</summary>
    private const int MostSeeds = 1_000;

    [TearDown]
    public void SwitchOff() => Mutants.Activate(Mutant.None);

    [TestCaseSource(nameof(All))]
    public void Mutant_SwitchedOn_IsCaughtWithinFewSeeds(Mutant mutant)
    {
        Mutants.Activate(mutant);
        var output = new StringWriter();
        int code = new Campaign(
            Arguments.Parse(["--seeds", $"{MostSeeds}", "--mutant", $"{mutant}"])!, output).Run();
        TestContext.Out.WriteLine(output);
        Assert.That(code, Is.EqualTo(1), $"{mutant} survived: {output}");
    }

    private static IEnumerable<Mutant> All() => Enum.GetValues<Mutant>().Where(m => m != Mutant.None);
}
