using Millrace.Client;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Failpoints;

/// <summary>Deaths that need no named step.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class RestartTests : ClusterTests
{
    [Test]
    public async Task Row08_CoordinatorKilledAgainAndAgainWhileItRecovers_StaysExact()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 2000);
        await run.AwaitAcksAsync(2000);
        await cluster.Coordinator.KillAsync();
        for (int i = 1; i <= 6; i++)
        {
            ChildProcess recovering = cluster.LaunchCoordinator("");
            await Wait.ForAsync(TimeSpan.FromMilliseconds(90 * i), Deadline);
            await recovering.KillAsync();
        }

        await cluster.StartCoordinatorAsync("", Deadline);
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
    }

    [Test]
    public async Task Row24_HandlerThrowsInTheMiddleOfAStream_FailsThatCallOnly()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("I1:throw@30", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 1000);
        await run.FinishAndCheckAsync();
        Assert.That(cluster.Coordinator.Exited.IsCompleted, Is.False);
    }

    [Test]
    public async Task Row41_AThousandProducersComeBackAtOnce_AllGetTheirAcks()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(1000, 20);
        await run.AwaitAcksAsync(2000);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.FinishAndCheckAsync();
    }

    /// <summary>By the product's own client: refused, it comes back when it was told to.</summary>
    [Test]
    public async Task Row41_MoreProducersThanStreams_AllGetTheirTurnAndStayExact()
    {
        TestCluster cluster = NewCluster(new ClusterOptions { Coordinator = ["Ingest:MaxStreams=5"] });
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(client, 20, 300);
        await run.Load;
        GetClusterResponse status = await client.Admin.GetClusterAsync(Deadline);
        Assert.That(status.Cluster.Ingest.RefusedCount, Is.GreaterThan(0));
        await run.FinishAndCheckAsync();
    }

    /// <summary>By the product's own client, which is never told of the kills.</summary>
    [Test]
    public async Task Row15_ClientsOwnProducersThroughKills_StayExact()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        ChildProcess lost = cluster.StartWorker("w-2");
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(client, 2, 4000);
        await run.AwaitAcksAsync(1000);
        await lost.KillAsync();
        await run.AwaitAcksAsync(2000);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.AwaitAcksAsync(4000);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
    }

    [Test]
    public async Task Row14_AllWorkersKilled_IngestGoesOnAndCountsStayExact()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess[] workers = [cluster.StartWorker("w-1"), cluster.StartWorker("w-2")];
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 2000);
        await run.AwaitAcksAsync(1000);
        await Task.WhenAll(workers.Select(w => w.KillAsync()));
        await run.Load;
        cluster.StartWorker("w-1");
        cluster.StartWorker("w-3");
        await run.FinishAndCheckAsync();
    }

    [Test]
    public async Task Row22_WorkerToldToStopUnderLoad_DrainsAndExitsWithZero()
    {
        TestCluster cluster = NewCluster(new ClusterOptions { Lease = TimeSpan.FromSeconds(30) });
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess leaving = cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 2000);
        await run.AwaitAcksAsync(1000);
        leaving.Signal(Signals.Terminate);
        Assert.That(await leaving.Exited.WaitAsync(Deadline), Is.Zero);
        await run.FinishAndCheckAsync();
    }

    [Test]
    public async Task Row22_CoordinatorToldToStopUnderLoad_ExitsWithZeroAndComesBack()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 2000);
        await run.AwaitAcksAsync(1000);
        cluster.Coordinator.Signal(Signals.Terminate);
        Assert.That(await cluster.Coordinator.Exited.WaitAsync(Deadline), Is.Zero);
        await cluster.StartCoordinatorAsync("", Deadline);
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
    }
}
