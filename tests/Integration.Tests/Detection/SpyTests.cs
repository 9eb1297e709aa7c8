using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Detection;

/// <summary>What the process beside a worker makes of its death and its pauses. Silence alone would take far longer
/// than a test.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class SpyTests : ClusterTests
{
    private static readonly ClusterOptions Patient = new()
    {
        Lease = TimeSpan.FromMinutes(5),
        Grace = TimeSpan.FromMinutes(5),
    };

    [Test]
    public async Task Row10_WorkerKilled_IsGivenUpOnTheWordOfItsSpyAlone()
    {
        TestCluster cluster = NewCluster(Patient);
        await using Run run = await StartAsync(cluster);
        ChildProcess worker = cluster.Workers["w-1"];
        int[] spies = Neighbours.ChildrenOf(worker.Pid, "--spy");
        Assert.That(spies, Has.Length.EqualTo(1));
        await worker.KillAsync();
        await Wait.UntilAsync("tasks moving from w-1", async _ => !await OwnsAsync(run, "w-1"), Deadline);
        Dump dump = await run.FinishAndCheckAsync();
        Assert.That((await LostAsync(run)).Single(), Does.Contain("w-1 was given up: its process has ended"));
        await Wait.UntilAsync("the spy's end", () => !Neighbours.IsThere(spies[0]), Deadline);
    }

    [Test]
    public async Task Row17_WorkerPausedForLong_KeepsItsTasksWhileItsSpySaysThatItLives()
    {
        var options = new ClusterOptions
        {
            Lease = TimeSpan.FromSeconds(1), PausedLease = TimeSpan.FromMinutes(5),
        };
        TestCluster cluster = NewCluster(options);
        await using Run run = await StartAsync(cluster);
        ChildProcess worker = cluster.Workers["w-1"];
        worker.Signal(Signals.Stop);
        await Wait.UntilAsync("suspicion", async _ => await ReasonAsync(cluster) == "PROCESS_STOPPED", Deadline);
        await Wait.ForAsync(options.Lease * 3, Deadline);
        Assert.That(await ReasonAsync(cluster), Is.EqualTo("PROCESS_STOPPED"));
        Assert.That(await OwnsAsync(run, "w-1"));
        worker.Signal(Signals.Continue);
        await run.FinishAndCheckAsync();
        Assert.That(await LostAsync(run), Is.Empty);
        Assert.That(await OwnsAsync(run, "w-1"));
    }

    [Test]
    public async Task Row12_SpyKilled_CostsNothingAndIsStartedAgain()
    {
        TestCluster cluster = NewCluster();
        await using Run run = await StartAsync(cluster);
        int worker = cluster.Workers["w-1"].Pid;
        int first = Neighbours.ChildrenOf(worker, "--spy").Single();
        Signals.Send(first, Signals.Kill);
        await Wait.UntilAsync(
            "another spy", () => Neighbours.ChildrenOf(worker, "--spy").Any(s => s != first), Deadline);
        await run.FinishAndCheckAsync();
        Assert.That(await LostAsync(run), Is.Empty);
    }

    /// <summary>Two workers under load, each with a spy that was heard of.</summary>
    private async Task<Run> StartAsync(TestCluster cluster)
    {
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        foreach (string worker in cluster.Workers.Keys)
        {
            await Wait.UntilAsync("a spy", async _ => await IsSpiedOnAsync(cluster, worker), Deadline);
        }

        var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await Wait.UntilAsync("tasks on w-1", _ => OwnsAsync(run, "w-1"), Deadline);
        run.StartLoad(3, 1500);
        await run.AwaitAcksAsync(1000);
        return run;
    }

    /// <summary>One that is not there yet is shown as nothing at all.</summary>
    private async Task<Protocol.Admin.V1.Worker> WorkerAsync(TestCluster cluster, string worker)
    {
        var workers = new WorkerService.WorkerServiceClient(cluster.Channel);
        ListWorkersResponse all = await workers.ListWorkersAsync(new(), cancellationToken: Deadline);
        return all.Workers.SingleOrDefault(w => w.Name == "workers/" + worker) ?? new();
    }

    private async Task<string> ReasonAsync(TestCluster cluster) => (await WorkerAsync(cluster, "w-1")).StateReason;

    private async Task<bool> IsSpiedOnAsync(TestCluster cluster, string worker) =>
        (await WorkerAsync(cluster, worker)).Process == WorkerProcess.Running;

    private static async Task<IEnumerable<string>> LostAsync(Run run) =>
        (await run.Reader.EventsAsync()).Where(e => e.Reason == "WORKER_LOST").Select(e => e.Message);

    private static async Task<bool> OwnsAsync(Run run, string worker) =>
        (await run.Reader.AssignmentsAsync()).Any(a => a.Worker == "workers/" + worker);
}
