using Millrace.Simulation.Run;

namespace Millrace.Simulation.Tests.Run;

/// <summary>Seeds that have failed, and what they found. When the simulator draws differently a seed is another run;
/// then another that fails without the repair takes its place, or else the mutants and the tests of what was repaired
/// must do.</summary>
public sealed class RegressionTests
{
    [TestCase(107UL, "a commit of the newest point under another id was answered as accepted without a record of it")]
    [TestCase(275UL, "the simulator itself: a worker whose drain ended after the faults was never started again")]
    [TestCase(148UL, "a block sent under a task's former epoch was given back as credit of its new subscription")]
    [TestCase(40284UL, "tasks were let go before a suspected one came to the same worker: nothing was ever concluded")]
    [TestCase(1002146UL, "a block was given back by the loop that had the task and by the one that has it now")]
    [TestCase(1042684UL, "the simulator itself: a run loop's full mailbox was taken for a bug, where the reader waits")]
    [TestCase(92251UL, "the simulator itself: events given back after the last was sent were never sent again")]
    [TestCase(149716UL, "a task that needed leave no more asked again, and what it got was never given back")]
    [TestCase(203061UL, "the simulator itself: a spy's word counted that came before its worker was known")]
    public void Seed_ThatFailedOnce_ViolatesNothing(ulong seed, string found)
    {
        RunResult result = Simulation.Run.Simulation.Run(seed);
        Assert.That(result.Violations, Is.Empty, found);
    }
}
