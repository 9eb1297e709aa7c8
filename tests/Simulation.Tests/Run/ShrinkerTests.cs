using Millrace.Common.Failpoints;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Tests.Run;

/// <summary>Which planted bug is on is a matter of the whole process.</summary>
[NonParallelizable]
public sealed class ShrinkerTests
{
    [TearDown]
    public void SwitchOff() => Mutants.Activate(Mutant.None);

    [Test]
    public void Shrink_FailingSeed_LeavesFewFaultsAndALineThatFailsAgain()
    {
        Mutants.Activate(Mutant.AckBeforeSync);
        ulong seed = Enumerable.Range(1, 100).Select(i => (ulong)i)
            .First(s => Simulation.Run.Simulation.Run(s).Violations.Count > 0);
        var output = new StringWriter();
        int code = new Shrinker(
            Arguments.Parse(["--shrink", $"{seed}", "--mutant", $"{Mutant.AckBeforeSync}"])!, output).Run();
        TestContext.Out.WriteLine(output);
        Assert.That(code, Is.EqualTo(1));

        string[] line = output.ToString().Split("scripts/simulate ")[1].Split(" --trace")[0].Split(' ');
        RunResult again = Simulation.Run.Simulation.Run(seed, reduction: Arguments.Parse(line)!.Reduction);
        Assert.That(again.Violations, Is.Not.Empty);
        Assert.That(again.Faults, Is.InRange(1, 5));
    }
}
