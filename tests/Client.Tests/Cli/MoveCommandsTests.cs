using Google.Protobuf;
using Millrace.Protocol.Admin.V1;
using Millrace.TestKit.FakeCluster;

namespace Millrace.Client.Tests.Cli;

/// <summary>Drain, cordon, move, pin, and the operations that come of them.</summary>
public sealed class MoveCommandsTests
{
    private FakeCoordinator _fake = null!;

    [SetUp]
    public async Task SetUp()
    {
        _fake = await FakeCoordinator.StartAsync();
        _fake.Admin.Workers.All.Add(new Protocol.Admin.V1.Worker
        {
            Name = "workers/w-1",
            State = WorkerState.Alive,
            Duty = WorkerDuty.Open,
            AssignmentCount = 2,
        });
        _fake.Admin.Assignments.All.Add(new Assignment
        {
            Name = "jobs/j/assignments/count-3",
            Job = "jobs/j",
            Worker = "workers/w-1",
            PartitionIndex = 3,
            Epoch = 7,
        });
    }

    [TearDown]
    public async Task TearDown() => await _fake.DisposeAsync();

    [Test]
    public async Task Cordon_AWorker_IsShownAndUndone()
    {
        Assert.That((await RunAsync("workers cordon w-1 --note disk")).Out,
            Is.EqualTo("w-1 is CORDONED and keeps its 2 partitions\n"));
        Assert.That(_fake.Admin.Workers.All[0].DutyNote, Is.EqualTo("disk"));
        Assert.That((await RunAsync("workers list")).Out, Does.Contain("CORDONED"));
        Assert.That((await RunAsync("workers uncordon w-1")).Out,
            Is.EqualTo("w-1 may get partitions again\n"));
    }

    [Test]
    public async Task Drain_WithoutWaiting_NamesTheOperation()
    {
        CliRun run = await RunAsync("workers drain w-1 --moves 3 --stop --note why");
        Assert.That((run.Exit, run.Out), Is.EqualTo((0, "op-1  DRAIN_WORKER w-1  RUNNING  0/2 moved\n")));
        DrainWorkerRequest asked = _fake.Admin.Workers.Drains.Single();
        Assert.That((asked.MaxConcurrentMoves, asked.StopWhenDrained, asked.Note), Is.EqualTo((3U, true, "why")));
        Assert.That(asked.RequestId, Is.Not.Empty);
    }

    [Test]
    public async Task Drain_WithWait_ComesBackWhenItIsOver()
    {
        CliRun run = await RunAsync("workers drain w-1 --wait");
        Assert.That((run.Exit, run.Out), Is.EqualTo((0, "op-1  DRAIN_WORKER w-1  SUCCEEDED  2/2 moved\n")));
    }

    [Test]
    public async Task Drain_InJson_IsTheWholeMessage()
    {
        CliRun run = await RunAsync("workers drain w-1 --wait -o json");
        Operation parsed = JsonParser.Default.Parse<Operation>(run.Out);
        Assert.That(parsed, Is.EqualTo(_fake.Admin.Operations.All[0]));
    }

    [Test]
    public async Task Wait_BeyondItsTimeout_SaysThatItGoesOn()
    {
        await RunAsync("workers drain w-1");
        CliRun run = await RunAsync("operations wait op-1 --timeout 0");
        Assert.That(run.Exit, Is.EqualTo(7));
        Assert.That(run.Error, Does.Contain("it goes on").And.Contain("code: WAIT_TIMEOUT"));
    }

    [Test]
    public async Task Move_OfAPartition_NamesAssignmentAndEpoch()
    {
        CliRun run = await RunAsync("partitions move j p3 w-2 --epoch 7 --pin --wait");
        Assert.That((run.Exit, run.Out), Is.EqualTo((0, "op-1  MOVE_ASSIGNMENT j/count-3  SUCCEEDED  1/1 moved\n")));
        MoveAssignmentRequest asked = _fake.Admin.Assignments.Moves.Single();
        Assert.That(
            (asked.Name, asked.ToWorker, asked.ExpectedEpoch, asked.PinAfterMove),
            Is.EqualTo(("jobs/j/assignments/count-3", "workers/w-2", 7UL, true)));
    }

    [TestCase("partitions move j p3 w-2 --epoch 6", 4, "STALE_EPOCH", "partitions list")]
    [TestCase("partitions move j p4 w-2", 3, "NO_SUCH_ASSIGNMENT", "partitions list j")]
    [TestCase("partitions pin j x --worker w-1", 3, "NO_SUCH_ASSIGNMENT", "partitions list j")]
    [TestCase("workers drain w-9", 3, "NO_SUCH_WORKER", "workers list")]
    [TestCase("operations cancel op-9", 3, "NO_SUCH_OPERATION", "operations list")]
    public async Task Command_ThatCanNotBe_SaysWhatToTry(string command, int exit, string code, string advice)
    {
        CliRun run = await RunAsync(command);
        Assert.That((run.Exit, run.Out), Is.EqualTo((exit, "")));
        Assert.That(run.Error, Does.Contain("code: " + code).And.Contain(advice));
    }

    [Test]
    public async Task Pin_OfAPartition_IsShownAndUndone()
    {
        Assert.That((await RunAsync("partitions pin j 3 --worker w-1 --labels zone=a")).Out,
            Is.EqualTo("j p3 is pinned; it is on w-1\n"));
        Assert.That((await RunAsync("partitions list j")).Out, Does.Contain("w-1 zone=a"));
        Assert.That((await RunAsync("partitions unpin j 3")).Out,
            Is.EqualTo("j p3 is not pinned any more; it is on w-1\n"));
        Assert.That(_fake.Admin.Assignments.All[0].Pin, Is.Null);
    }

    [Test]
    public async Task Operations_Cancelled_AreListedWithTheirEnd()
    {
        await RunAsync("workers drain w-1 --note why");
        Assert.That((await RunAsync("operations cancel op-1")).Out, Does.Contain("CANCELLED  0/2 moved: Cancelled"));
        Assert.That((await RunAsync("operations list")).Out, Is.EqualTo("""
            OPERATION  WHAT          TARGET  PHASE      MOVES  AGE  NOTE
            op-1       DRAIN_WORKER  w-1     CANCELLED    0/2    -  why

            """));
        Assert.That((await RunAsync("operations get op-1")).Out, Does.Contain("no moves yet"));
        Assert.That((await RunAsync("operations wait op-1")).Exit, Is.EqualTo(1));
    }

    private Task<CliRun> RunAsync(string arguments) => CliRun.OfAsync($"{arguments} --server {_fake.Address}");
}
