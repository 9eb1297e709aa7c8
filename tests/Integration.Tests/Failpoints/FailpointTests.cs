using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Failpoints;

/// <summary>A counting job under load while a process dies at a named step; afterwards nothing may be lost or
/// doubled.</summary>
internal abstract class FailpointTests : ClusterTests
{
    protected const int Producers = 3;
    protected const long EventsEach = 2500;
    private const long PerSecond = 2500;

    /// <summary>The coordinator dies at the step's given hit and comes back on the same directory and port.</summary>
    /// <param name="provoke">What to do once load runs, to bring the step about.</param>
    protected async Task KillCoordinatorAsync(string point, int hit, Func<TestCluster, Run, Task>? provoke = null)
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync($"{point}:kill@{hit}", Deadline);
        ChildProcess first = cluster.Coordinator;
        cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline);
        Task deployed = DeployAndLoadAsync(run);
        await ProvokeAsync(provoke, cluster, run, deployed, first);
        await DiedAsync(first, point);
        await cluster.StartCoordinatorAsync("", Deadline);
        await deployed;
        RestartDeadWorkers(cluster);
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
    }

    /// <summary>A worker that owns everything dies at the step's given hit and comes back as a new life, while another
    /// joins.</summary>
    protected async Task KillWorkerAsync(string point, int hit)
    {
        TestCluster cluster = NewCluster();
        await using Run run = await RunUntilWorkerDiesAsync(cluster, point, hit);
        cluster.StartWorker("w-1");
        await run.FinishAndCheckAsync();
    }

    /// <summary>The same, and the coordinator is killed in the same instant.</summary>
    protected async Task KillCoordinatorWithWorkerAsync(string point, int hit)
    {
        TestCluster cluster = NewCluster();
        await using Run run = await RunUntilWorkerDiesAsync(cluster, point, hit);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
    }

    /// <summary>The coordinator dies at its step, and in the same instant a worker is killed.</summary>
    protected async Task KillWorkerWithCoordinatorAsync(string point, int hit)
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync($"{point}:kill@{hit}", Deadline);
        ChildProcess coordinator = cluster.Coordinator;
        ChildProcess worker = cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline);
        Task deployed = DeployAndLoadAsync(run);
        await DiedAsync(coordinator, point);
        await worker.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await deployed;
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
    }

    /// <summary>A worker dies at its step, and the coordinator at a step of moving its tasks.</summary>
    protected async Task KillWorkerThenCoordinatorAsync(string workerPoint, int workerHit, string point, int hit)
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync($"{point}:kill@{hit}", Deadline);
        ChildProcess coordinator = cluster.Coordinator;
        ChildProcess worker = cluster.StartWorker("w-1", $"{workerPoint}:kill@{workerHit}");
        await using var run = new Run(cluster, Deadline);
        await DeployAndLoadAsync(run);
        // A slow disk can make the worker register twice, and its tasks be sent twice, before it comes to its step.
        if (await Task.WhenAny(worker.Exited, coordinator.Exited).WaitAsync(Deadline) == worker.Exited)
        {
            await DiedAsync(worker, workerPoint);
            cluster.StartWorker("w-2");
        }

        await DiedAsync(coordinator, point);
        await worker.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        await run.ReadLogAsync();
        await run.FinishAndCheckAsync();
    }

    /// <summary>Waits for the death, which must be the failpoint's.</summary>
    protected async Task DiedAsync(ChildProcess process, string point)
    {
        await Wait.UntilAsync(
            $"{process.Name} reaching {point}", () => process.Exited.IsCompleted, Deadline);
        Assert.That(process.WasKilled, Is.True, $"{process.Name} ended with {process.Exited.Result}, not at {point}");
    }

    private async Task<Run> RunUntilWorkerDiesAsync(TestCluster cluster, string point, int hit)
    {
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess doomed = cluster.StartWorker("w-1", $"{point}:kill@{hit}");
        var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await Wait.UntilAsync(
            "tasks on w-1",
            async _ => doomed.Exited.IsCompleted || await run.OwnsAllAsync("workers/w-1"),
            Deadline);
        cluster.StartWorker("w-2");
        // Without an end: a slow worker gets few and large messages, so nobody can tell how many events make one.
        run.StartLoad(Producers, long.MaxValue, PerSecond);
        await DiedAsync(doomed, point);
        await run.LimitLoadAsync(EventsEach);
        return run;
    }

    private static async Task DeployAndLoadAsync(Run run)
    {
        await run.DeployAsync();
        run.StartLoad(Producers, EventsEach);
    }

    private static async Task ProvokeAsync(
        Func<TestCluster, Run, Task>? provoke, TestCluster cluster, Run run, Task deployed, ChildProcess coordinator)
    {
        if (provoke is null)
        {
            return;
        }

        await Task.WhenAny(deployed, coordinator.Exited);
        if (!coordinator.Exited.IsCompleted)
        {
            await provoke(cluster, run);
        }
    }

    private static void RestartDeadWorkers(TestCluster cluster)
    {
        foreach (string name in cluster.Workers.Where(w => w.Value.Exited.IsCompleted).Select(w => w.Key).ToList())
        {
            cluster.StartWorker(name);
        }
    }
}
