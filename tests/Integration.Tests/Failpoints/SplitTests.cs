using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Failpoints;

/// <summary>Partitions are split and merged under load while processes die in between (rule of exactness 9).</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class SplitTests : ClusterTests
{
    /// <summary>The seal is decided and not durable; it is durable and nobody has been told; the new tasks are decided
    /// and not durable.</summary>
    [TestCase("S1", 1)]
    [TestCase("S2", 1)]
    [TestCase("S3", 1)]
    [TestCase("A2", 10)]
    public async Task Split_CoordinatorKilledAtAStep_StaysExact(string point, int hit)
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync($"{point}:kill@{hit}", Deadline);
        ChildProcess first = cluster.Coordinator;
        cluster.StartWorker("w-1");
        await using Run run = await LoadAsync(cluster);
        Task split = run.SplitAsync(0);
        await Wait.UntilAsync($"the end at {point}", () => first.Exited.IsCompleted, Deadline);
        Assert.That(first.WasKilled, first.Output);
        await cluster.StartCoordinatorAsync("", Deadline);
        await split;
        await run.SettledAsync();
        await run.FinishAndCheckAsync();
    }

    /// <summary>Before its last commit on the old partition, while that is stored, and as the first of the new
    /// ones.</summary>
    [TestCase("W2", 30)]
    [TestCase("W3", 9)]
    [TestCase("W5", 9)]
    [TestCase("A4", 9)]
    public async Task Split_WorkerKilledAtAStep_StaysExact(string point, int hit)
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess worker = cluster.StartWorker("w-1", $"{point}:kill@{hit}");
        await using Run run = await LoadAsync(cluster);
        await run.SplitAsync(0);
        await run.SplitAsync(7);
        await Wait.UntilAsync($"the end at {point}", () => worker.Exited.IsCompleted, Deadline);
        cluster.StartWorker("w-1");
        await run.SettledAsync();
        await run.FinishAndCheckAsync();
    }

    [Test]
    public async Task SplitAndMerge_BothKilledInBetweenUnderLoad_StayExact()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess worker = cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        await using Run run = await LoadAsync(cluster, 60_000);
        await run.SplitAsync(0);
        await worker.KillAsync();
        await run.SettledAsync();
        worker = cluster.StartWorker("w-1");

        await run.SplitAsync(1);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.SettledAsync();

        await run.AwaitAcksAsync(5000);
        await run.MergeAsync(9, 10);
        Assert.That(run.Load.IsCompleted, Is.False, "all of it happens under load");
        await worker.KillAsync();
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await run.SettledAsync();
        await run.MergeAsync(2, 3);
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
        var topic = await run.TopicAsync();
        Assert.That(topic.Topic.PartitionCount, Is.EqualTo(8));
        Assert.That(topic.Partitions, Has.Count.EqualTo(14));
    }

    private async Task<Run> LoadAsync(TestCluster cluster, long eventsEach = 2500)
    {
        var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, eventsEach);
        await run.AwaitAcksAsync(1000);
        return run;
    }
}
