namespace Millrace.Integration.Tests.Failpoints;

/// <summary>One process dies at a step, and the other in the same instant.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class BothKilledTests : FailpointTests
{
    [TestCase("I1", 150)]
    [TestCase("I2", 150)]
    [TestCase("I3", 25)]
    [TestCase("I4", 30)]
    [TestCase("I5", 100)]
    [TestCase("A1", 3)]
    [TestCase("A2", 3)]
    [TestCase("A3", 3)]
    [TestCase("W6", 6)]
    public Task Row15_CoordinatorAtAStepAndAWorkerWithIt_StayExact(string point, int hit) =>
        KillWorkerWithCoordinatorAsync(point, hit);

    [TestCase("A4", 3)]
    [TestCase("W1", 15)]
    [TestCase("W2", 30)]
    [TestCase("W3", 5)]
    [TestCase("W4", 5)]
    [TestCase("W5", 5)]
    [TestCase("W7", 5)]
    public Task Row15_WorkerAtAStepAndTheCoordinatorWithIt_StayExact(string point, int hit) =>
        KillCoordinatorWithWorkerAsync(point, hit);

    /// <summary>The worker dies with a stored and uncommitted snapshot, the coordinator while it moves the
    /// tasks.</summary>
    [Test]
    public Task Row15_WorkerKilledAtW4AndCoordinatorAtA2_StayExact() =>
        KillWorkerThenCoordinatorAsync("W4", 3, "A2", 10);
}
