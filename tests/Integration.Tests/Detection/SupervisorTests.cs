using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Detection;

/// <summary>`worker --supervise`: whoever dies comes back, and nobody is left behind.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class SupervisorTests : ClusterTests
{
    [Test]
    public async Task Row10_SupervisedWorkerKilled_IsReportedWithItsSignalAndComesBack()
    {
        TestCluster cluster = NewCluster(new ClusterOptions { Lease = TimeSpan.FromMinutes(5) });
        ChildProcess supervisor = await StartAsync(cluster);
        int first = await ChildAsync(supervisor);
        await Wait.UntilAsync("its spy", async _ => (await WorkerAsync(cluster)).Process > 0, Deadline);
        ulong life = (await WorkerAsync(cluster)).Incarnation;
        Signals.Send(first, Signals.Kill);
        await Wait.UntilAsync(
            "another life",
            async _ => await WorkerAsync(cluster) is { State: WorkerState.Alive } w && w.Incarnation != life,
            Deadline);
        var reader = new ClusterReader(cluster.Channel, Deadline);
        Assert.That(
            (await reader.EventsAsync()).Where(e => e.Reason == "WORKER_LOST").Select(e => e.Message),
            Is.EqualTo(new[] { "Worker w-1 was given up: its process has ended by signal 9." }));
        Assert.That(await ChildAsync(supervisor), Is.Not.EqualTo(first));
        supervisor.Signal(Signals.Terminate);
        Assert.That(await supervisor.Exited.WaitAsync(Deadline), Is.Zero);
        Assert.That((await WorkerAsync(cluster)).State, Is.EqualTo(WorkerState.Left));
    }

    [Test]
    public async Task Supervisor_Killed_LeavesNoWorkerBehind()
    {
        TestCluster cluster = NewCluster();
        ChildProcess supervisor = await StartAsync(cluster);
        int worker = await ChildAsync(supervisor);
        supervisor.Signal(Signals.Kill);
        await Wait.UntilAsync("the worker's end", () => !Neighbours.IsThere(worker), Deadline);
        await supervisor.Exited.WaitAsync(Deadline);
    }

    [Test]
    public async Task Supervisor_OfAWorkerThatIsToldWrongly_GivesUp()
    {
        (int code, string output) = await ChildProcess.RunAsync(
            Executables.Worker, ["--supervise", "--Worker:RunLoops=none"], AppContext.BaseDirectory, Deadline);
        Assert.That(code, Is.EqualTo(2), output);
    }

    private async Task<ChildProcess> StartAsync(TestCluster cluster)
    {
        await cluster.StartCoordinatorAsync("", Deadline);
        ChildProcess supervisor = cluster.StartWorker("w-1", more: "--supervise");
        await Wait.UntilAsync(
            "the worker", async _ => (await WorkerAsync(cluster)).State == WorkerState.Alive, Deadline);
        return supervisor;
    }

    private async Task<int> ChildAsync(ChildProcess supervisor)
    {
        int[] children = [];
        await Wait.UntilAsync(
            "the supervised worker",
            () => (children = Neighbours.ChildrenOf(supervisor.Pid, "--incarnation")).Length == 1,
            Deadline);
        return children[0];
    }

    /// <summary>One that is not there yet is shown as nothing at all.</summary>
    private async Task<Protocol.Admin.V1.Worker> WorkerAsync(TestCluster cluster)
    {
        var workers = new WorkerService.WorkerServiceClient(cluster.Channel);
        ListWorkersResponse all = await workers.ListWorkersAsync(new(), cancellationToken: Deadline);
        return all.Workers.SingleOrDefault() ?? new();
    }
}
