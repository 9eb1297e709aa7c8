namespace Millrace.Integration.Tests.Failpoints;

/// <summary>The coordinator dies at a step and a worker in the same instant.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class BothKilledTests : FailpointTests
{
    [Test]
    public Task Row15_BothKilledAtI3_StayExact() => KillBothAsync("I3", 25);

    [Test]
    public Task Row15_BothKilledAtI4_StayExact() => KillBothAsync("I4", 30);

    [Test]
    public Task Row15_BothKilledAtW6_StayExact() => KillBothAsync("W6", 6);

    /// <summary>The worker dies with a stored and uncommitted snapshot, the coordinator while it moves the
    /// tasks.</summary>
    [Test]
    public Task Row15_WorkerKilledAtW4AndCoordinatorAtA2_StayExact() =>
        KillWorkerThenCoordinatorAsync("W4", 3, "A2", 10);
}
