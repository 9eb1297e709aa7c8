using System.Diagnostics;
using System.Globalization;
using Millrace.Client;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Integration.Tests.Moves;

/// <summary>Tasks change hands while events flow: nothing is lost, nothing counts twice, nothing stands still for
/// long.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class MoveTests : ClusterTests
{
    private static readonly string[] _workers = ["w-1", "w-2", "w-3"];

    [Test]
    public async Task Move_AgainAndAgainUnderLoad_StaysExactAndHardlyPauses()
    {
        const int moves = 60;
        TestCluster cluster = await StartAsync();
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 1_000_000);
        await run.AwaitAcksAsync(500);
        await SettledAsync(client);
        var pauses = new List<double>();
        for (int i = 0; i < moves; i++)
        {
            (Assignment before, _, string move) = await StartMoveAsync(client, i % Run.Partitions);
            Operation done = await OverAsync(client, move);
            Assert.That(done.Metadata.Phase, Is.EqualTo(OperationPhase.Succeeded), $"{done}");
            pauses.Add(await FirstEventAsync(client, before));
        }

        await run.StopLoadAsync();

        pauses.Sort();
        string text = string.Join(' ', pauses.Select(p => p.ToString("0.0", CultureInfo.InvariantCulture)));
        await TestContext.Out.WriteLineAsync($"{pauses.Count} pauses in ms, sorted: {text}");
        Assert.That(pauses[moves / 2], Is.LessThanOrEqualTo(50), "milliseconds; a busy machine delays some of them");
        await run.FinishStoppedAndCheckAsync();
    }

    /// <summary>From outside: an event is sent, and a query that must include it is answered, while its task moves on
    /// and on.</summary>
    [Test]
    public async Task Query_WhileItsTaskMovesOnAndOn_IsAnsweredWithEveryEvent()
    {
        const int moves = 20;
        TestCluster cluster = await StartAsync();
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await SettledAsync(client);
        await using Producer producer = await client.OpenProducerAsync(
            new ProducerOptions { ProducerId = "asker" }, Deadline);
        var still = new List<double>();
        var moving = new List<double>();
        ulong sent = 0;
        Task<int> moved = Task.FromResult(0);
        for (bool over = false; !over;)
        {
            over = still.Count >= 100 && moved.IsCompleted && moving.Count > 0;
            if (still.Count == 100 && moving.Count == 0)
            {
                moved = MoveOnAsync(client, await IndexOfAsync(client), moves);
            }

            long start = Stopwatch.GetTimestamp();
            Ack ack = await producer.SendAsync(
                Run.Topic, "probe", "1", Deadline);
            sent++;
            ulong count = (await client.Query.GetAsync(Run.Job, "probe", ack.Position, Deadline)).Count;
            Assert.That(count, Is.EqualTo(sent), "each event once, and none missing");
            (still.Count < 100 ? still : moving).Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Assert.That(await moved, Is.EqualTo(moves));
        await TestContext.Out.WriteLineAsync($"event and query in ms, at rest: {Describe(still)}");
        await TestContext.Out.WriteLineAsync($"event and query in ms, {moves} moves: {Describe(moving)}");
    }

    [Test]
    public async Task Drain_UnderLoad_EmptiesTheWorkerWhichThenLeaves()
    {
        TestCluster cluster = await StartAsync();
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 4_000);
        await run.AwaitAcksAsync(500);
        DrainWorkerResponse started = await client.Admin.DrainWorkerAsync(
            new DrainWorkerRequest { Name = "w-1", StopWhenDrained = true }, Deadline);
        Operation done = await OverAsync(client, started.Operation.Name);
        Assert.That(done.Metadata.Phase, Is.EqualTo(OperationPhase.Succeeded), $"{done}");
        Assert.That(await cluster.Workers["w-1"].Exited.WaitAsync(Deadline), Is.Zero);
        await run.FinishAndCheckAsync();
    }

    [Test]
    public async Task Drain_ThroughDeathsOfCoordinatorAndTarget_IsFinished()
    {
        TestCluster cluster = await StartAsync();
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 6_000);
        await run.AwaitAcksAsync(500);
        await SettledAsync(client);
        DrainWorkerResponse started = await client.Admin.DrainWorkerAsync(
            new DrainWorkerRequest { Name = "w-1", MaxConcurrentMoves = 1 }, Deadline);
        await cluster.Coordinator.KillAsync();
        await cluster.StartCoordinatorAsync("", Deadline);
        await cluster.Workers["w-2"].KillAsync();
        cluster.StartWorker("w-2");
        Operation done = await OverAsync(client, started.Operation.Name);
        Assert.That(done.Metadata.Phase, Is.EqualTo(OperationPhase.Succeeded), $"{done}");
        Protocol.Admin.V1.Worker drained = (await client.Admin.GetWorkerAsync("w-1", Deadline)).Worker;
        Assert.That((drained.Duty, drained.AssignmentCount), Is.EqualTo((WorkerDuty.Drained, 0U)));
        await run.FinishAndCheckAsync();
    }

    /// <summary>Either side of a move may die at any time of it: one owner remains and counts stay exact.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public async Task Move_WhoseOwnerOrTargetIsKilled_LeavesOneOwner(bool owner)
    {
        TestCluster cluster = await StartAsync();
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 6_000);
        await run.AwaitAcksAsync(500);
        await SettledAsync(client);
        (Assignment before, string to, string move) = await StartMoveAsync(client, 0);
        string killed = owner ? ResourceNames.Short(before.Worker) : to;
        await cluster.Workers[killed].KillAsync();
        await OverAsync(client, move);
        await Wait.UntilAsync(
            "a living owner",
            async _ => (await FindAsync(client, 0)).Worker is { Length: > 0 } now
                && ResourceNames.Short(now) != killed,
            Deadline);
        await run.FinishAndCheckAsync();
    }

    /// <summary>A pin to a label is met by the only worker that has it.</summary>
    [Test]
    public async Task Pin_ToALabelOfOneWorker_IsKeptWhenItsOwnerLeaves()
    {
        TestCluster cluster = await StartAsync();
        cluster.StartWorker("w-4", labels: "zone=b");
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        await Wait.UntilAsync(
            "w-4 is alive",
            async c => (await client.Admin.ListWorkersAsync(c)).Workers.Any(w => w.Labels.ContainsKey("zone")),
            Deadline);
        Assignment one = (await client.Admin.ListAssignmentsAsync(Run.Job, "", Deadline)).Assignments
            .First(a => a.Worker is not ("" or "workers/w-4"));
        await client.Admin.PinAssignmentAsync(one.Name, new Pin { LabelSelector = "zone=b" }, Deadline);
        await cluster.Workers[ResourceNames.Short(one.Worker)].KillAsync();
        await Wait.UntilAsync(
            "w-4 has it",
            async _ => (await FindAsync(client, (int)one.PartitionIndex)).Worker == "workers/w-4",
            Deadline);
    }

    /// <summary>A worker that joins gets its share by warm copies.</summary>
    [Test]
    public async Task Join_UnderLoad_StaysExact()
    {
        TestCluster cluster = await StartAsync();
        using var client = new MillraceClient(cluster.Address);
        await using var run = new Run(cluster, Deadline);
        await run.DeployAsync();
        run.StartLoad(3, 4_000);
        await run.AwaitAcksAsync(500);
        cluster.StartWorker("w-4");
        await Wait.UntilAsync(
            "w-4 has a share",
            async c => (await client.Admin.ListAssignmentsAsync("", "", c)).Assignments
                .Any(a => a.Worker == "workers/w-4"),
            Deadline);
        await run.FinishAndCheckAsync();
    }

    private async Task<TestCluster> StartAsync()
    {
        TestCluster cluster = NewCluster();
        await cluster.StartCoordinatorAsync("", Deadline);
        Array.ForEach(_workers, name => cluster.StartWorker(name));
        using var client = new MillraceClient(cluster.Address);
        await Wait.UntilAsync(
            "three workers",
            async c => (await client.Admin.ListWorkersAsync(c)).Workers.Count(w => w.State == WorkerState.Alive) == 3,
            Deadline);
        return cluster;
    }

    private static string Describe(List<double> times)
    {
        times.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{times.Count} of them, p50 {times[times.Count / 2]:0.0}, p99 {times[times.Count * 99 / 100]:0.0}, "
            + $"longest {times[^1]:0.0}");
    }

    /// <summary>The only partition that has events.</summary>
    private async Task<int> IndexOfAsync(MillraceClient client) =>
        (int)(await client.Admin.ListAssignmentsAsync(Run.Job, "", Deadline)).Assignments
            .Single(a => a.NextOffset > 0).PartitionIndex;

    /// <returns>How many moves there were.</returns>
    private async Task<int> MoveOnAsync(MillraceClient client, int index, int moves)
    {
        for (int i = 0; i < moves; i++)
        {
            (_, _, string move) = await StartMoveAsync(client, index);
            Operation done = await OverAsync(client, move);
            Assert.That(done.Metadata.Phase, Is.EqualTo(OperationPhase.Succeeded), $"{done}");
        }

        return moves;
    }

    /// <summary>Moves a partition to the next worker in turn. The cluster may be moving it by itself just then, to
    /// bring a newcomer its share; that is waited for.</summary>
    /// <returns>The assignment before, the worker it goes to, and the operation.</returns>
    private async Task<(Assignment Before, string To, string Operation)> StartMoveAsync(
        MillraceClient client, int index)
    {
        Assignment before = new();
        string to = "";
        string operation = "";
        await Wait.UntilAsync(
            $"a move of partition {index}",
            async c =>
            {
                before = await FindAsync(client, index);
                int from = Array.IndexOf(_workers, ResourceNames.Short(before.Worker));
                to = _workers[(from + 1) % _workers.Length];
                var move = new MoveAssignmentRequest
                {
                    Name = before.Name,
                    ToWorker = to,
                    ExpectedEpoch = before.Epoch,
                };
                try
                {
                    operation = (await client.Admin.MoveAssignmentAsync(move, c)).Operation.Name;
                }
                catch (MillraceException busy) when (busy.Refusal.Reason is "OPERATION_CONFLICT" or "STALE_EPOCH")
                {
                    return false;
                }

                return true;
            },
            Deadline);
        return (before, to, operation);
    }

    /// <summary>Waits until no worker takes its share any more.</summary>
    private Task SettledAsync(MillraceClient client) => Wait.UntilAsync(
        "everything runs",
        async c => (await client.Admin.ListAssignmentsAsync("", "", c)).Assignments
            .All(a => a.State == AssignmentState.Running && a.MovingTo.Length == 0),
        Deadline);

    private async Task<Assignment> FindAsync(MillraceClient client, int index) =>
        (await client.Admin.ListAssignmentsAsync(Run.Job, "", Deadline)).Assignments
            .Single(a => a.PartitionIndex == (uint)index);

    private async Task<Operation> OverAsync(MillraceClient client, string name)
    {
        Operation? last = null;
        await Wait.UntilAsync(
            $"{name} is over",
            async c =>
            {
                last = (await client.Admin.WaitOperationAsync(name, TimeSpan.FromSeconds(1), c)).Operation;
                return last.Done;
            },
            Deadline);
        return last!;
    }

    /// <summary>Milliseconds from the switch to the first event that the new owner applied.</summary>
    private async Task<double> FirstEventAsync(MillraceClient client, Assignment before)
    {
        double pause = 0;
        await Wait.UntilAsync(
            $"the first event of {before.Name}",
            async _ =>
            {
                Assignment now = await FindAsync(client, (int)before.PartitionIndex);
                pause = now.Epoch > before.Epoch ? now.FirstEventUs / 1000.0 : 0;
                return pause > 0;
            },
            Deadline);
        return pause;
    }
}
