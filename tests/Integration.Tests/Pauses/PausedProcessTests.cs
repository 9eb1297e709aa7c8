using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Pauses;

/// <summary>Processes that stop for longer than a lease and then go on as if nothing had been.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class PausedProcessTests : ClusterTests
{
    private static readonly ClusterOptions ShortLease = new() { Lease = TimeSpan.FromSeconds(1) };

    /// <param name="failpoint">Where its checkpoints wait, so that the pause falls between taking and committing
    /// one.</param>
    [TestCase("")]
    [TestCase("W3:sleep=300")]
    [TestCase("W4:sleep=300")]
    public async Task Row17_WorkerPausedPastItsLease_LosesItsTasksAndNothingElse(string failpoint)
    {
        TestCluster cluster = NewCluster(ShortLease);
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess paused = cluster.StartWorker("w-1", failpoint);
        cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await Wait.UntilAsync("tasks on w-1", _ => OwnsAsync(run, "workers/w-1"), Deadline);
        run.StartLoad(3, 2500);
        await run.AwaitAcksAsync(1000);
        paused.Signal(Signals.Stop);
        await Wait.UntilAsync("tasks moving from w-1", async _ => !await OwnsAsync(run, "workers/w-1"), Deadline);
        paused.Signal(Signals.Continue);
        Dump dump = await run.FinishAndCheckAsync();
        Assert.That(dump.Events.Select(e => $"{e.Reason} {e.Subject}"), Has.Some.EqualTo("WORKER_LOST workers/w-1"));
        Assert.That(paused.Exited.IsCompleted, Is.False, "the worker rejoins, it does not die");
    }

    [Test]
    public async Task Row19_CoordinatorPausedPastTheLease_EvictsNobody()
    {
        TestCluster cluster = NewCluster(ShortLease);
        await cluster.StartCoordinatorAsync("", Deadline);
        cluster.StartWorker("w-1");
        cluster.StartWorker("w-2");
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await Wait.UntilAsync("tasks on w-1", _ => OwnsAsync(run, "workers/w-1"), Deadline);
        await Wait.UntilAsync("tasks on w-2", _ => OwnsAsync(run, "workers/w-2"), Deadline);
        run.StartLoad(3, 1500);
        await run.AwaitAcksAsync(1000);
        ulong before = (await run.Reader.EventsAsync()).Max(e => e.Revision);
        cluster.Coordinator.Signal(Signals.Stop);
        await Wait.ForAsync(ShortLease.Lease * 1.8, Deadline);
        cluster.Coordinator.Signal(Signals.Continue);
        Dump dump = await run.FinishAndCheckAsync();
        Assert.That(
            dump.Events.Where(e => e.Revision > before).Select(e => e.Reason), Has.None.EqualTo("WORKER_LOST"));
    }

    private static async Task<bool> OwnsAsync(Run run, string worker)
    {
        IReadOnlyList<Assignment> all = await run.Reader.AssignmentsAsync();
        return all.Any(a => a.Worker == worker);
    }
}
