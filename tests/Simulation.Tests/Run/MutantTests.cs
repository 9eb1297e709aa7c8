using Millrace.Common.Failpoints;
using Millrace.Simulation.Run;

namespace Millrace.Simulation.Tests.Run;

/// <summary>Planted bugs are found. One at a time: which one is on is a matter of the whole process.</summary>
[NonParallelizable]
public sealed class MutantTests
{
    private const int MostSeeds = 60;

    [TearDown]
    public void SwitchOff() => Mutants.Activate(Mutant.None);

    [TestCase(Mutant.AckBeforeSync)]
    [TestCase(Mutant.RepeatAckedBeforeFirstCopyDurable)]
    [TestCase(Mutant.IdentityIncludesEpoch)]
    [TestCase(Mutant.CommitBeforeOutputs)]
    [TestCase(Mutant.CommitBeforeSnapshotSynced)]
    [TestCase(Mutant.EqualOrOlderEpochAccepted)]
    [TestCase(Mutant.ReplayFromPositionPlusOne)]
    [TestCase(Mutant.DamageBelowMarkCutAsTornTail)]
    [TestCase(Mutant.StaleFrameOfRecycledSegmentAccepted)]
    [TestCase(Mutant.WarmCopyCommits)]
    [TestCase(Mutant.ChildStartsBeforeTheSeal)]
    [TestCase(Mutant.TaskIdReused)]
    [TestCase(Mutant.BatchStoredByAnOldMap)]
    public void Mutant_SwitchedOn_IsCaughtWithinFewSeeds(Mutant mutant)
    {
        Mutants.Activate(mutant);
        var output = new StringWriter();
        int code = new Campaign(
            Arguments.Parse(["--seeds", $"{MostSeeds}", "--mutant", $"{mutant}"])!, output).Run();
        TestContext.Out.WriteLine(output);
        Assert.That(code, Is.EqualTo(1), $"{mutant} survived: {output}");
    }

    [Test]
    public void Mutants_OfTheProduct_AllHaveATest()
    {
        var tested = typeof(MutantTests).GetMethod(nameof(Mutant_SwitchedOn_IsCaughtWithinFewSeeds))!
            .GetCustomAttributes(typeof(TestCaseAttribute), inherit: false)
            .Cast<TestCaseAttribute>()
            .Select(c => (Mutant)c.Arguments[0]!)
            .Append(Mutant.None);
        Assert.That(tested, Is.EquivalentTo(Enum.GetValues<Mutant>()));
    }
}
