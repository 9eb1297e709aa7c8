using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Failpoints;

/// <summary>A worker that lives and says so, and never gets done with loading a snapshot.</summary>
internal sealed class HangingRestoreTests : ClusterTests
{
    private static readonly ClusterOptions Impatient = new() { Coordinator = ["Cluster:RestoreWithin=1s"] };

    [Test]
    public async Task Restores_HangOnALivingWorker_StartOverElsewhereAndNobodyElseWaits()
    {
        TestCluster cluster = NewCluster(Impatient);
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess first = cluster.StartWorker("w-1");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await Wait.UntilAsync("tasks on w-1", _ => run.OwnsAllAsync("workers/w-1"), Deadline);
        run.StartLoad(3, 1500);
        await run.AwaitAcksAsync(1000);
        ChildProcess hanging = cluster.StartWorker("w-2", "R1:sleep=600000");
        await Wait.UntilAsync(
            "w-2", async _ => (await run.Reader.WorkersAsync()).Any(w => w.Name == "workers/w-2"), Deadline);
        await first.KillAsync();
        await Wait.UntilAsync("tasks on w-2", _ => run.OwnsAllAsync("workers/w-2"), Deadline);
        cluster.StartWorker("w-3");

        Dump dump = await run.FinishAndCheckAsync();
        Assert.Multiple(() =>
        {
            Assert.That(dump.Events.Select(e => e.Reason), Has.Some.EqualTo("RESTORE_TOO_SLOW"));
            Assert.That(hanging.Exited.IsCompleted, Is.False, "it is not to blame for more than its tasks");
        });
    }
}
