using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Rpc.Sessions;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Rpc.Sessions;

public sealed class ControlStreamsTests
{
    private static readonly Assign TaskFive = new(
        new TaskId(5),
        new Epoch(6),
        "counts",
        "count",
        "count",
        "words",
        new PartitionId(9),
        1,
        new KeyGroupRange(16, 32),
        64,
        new RestorePoint("", 0, 0, 0),
        Confirmed: false);

    [Test]
    public async Task Hello_Good_ReachesTheLoopAndTheWelcomeNamesTheSession()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        WorkerHello hello = await server.Loop.TakeAsync<WorkerHello>();
        server.Loop.Sessions[hello.Session].TrySend(
            new Welcome(7, TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(2)));
        Proto.Welcome welcome = (await worker.HearAsync())!.Welcome;

        Assert.Multiple(() =>
        {
            Assert.That((hello.Worker, hello.Incarnation), Is.EqualTo(("w-1", 11UL)));
            Assert.That(hello.Facts.MaxAssignments, Is.EqualTo(3));
            Assert.That(hello.Facts.Labels["zone"], Is.EqualTo("a"));
            Assert.That(hello.Held, Is.EqualTo(new[] { new HeldTask(new TaskId(5), new Epoch(6), 4096) }));
            Assert.That(welcome.SessionId, Is.EqualTo(hello.Session));
            Assert.That(welcome.LeaseMs, Is.EqualTo(5000));
            Assert.That(welcome.CoordinatorIncarnation, Is.EqualTo(7));
        });
    }

    [TestCase("Bad Name", 1UL, 1U, "BAD_NAME")]
    [TestCase("w-1", 0UL, 1U, "BAD_FIELD")]
    [TestCase("w-1", 1UL, 0U, "PROTOCOL_TOO_OLD")]
    [TestCase("w-1", 1UL, 2U, "PROTOCOL_TOO_NEW")]
    public async Task Hello_Bad_IsRefusedAndTheLoopHearsNothing(
        string name, ulong incarnation, uint version, string reason)
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.SayAsync(new()
        {
            Hello = new() { Worker = name, Incarnation = incarnation, ProtocolVersion = version },
        });

        Refusal refusal = await RpcServer.RefusalOfAsync(worker.HearAsync);

        Assert.That(refusal.Reason, Is.EqualTo(reason));
        Assert.That(server.Loop.TryTake(out _), Is.False);
    }

    [Test]
    public async Task FirstMessage_NotAHello_IsRefused()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.SayAsync(new() { Heartbeat = new() { Sequence = 1 } });

        Assert.That((await RpcServer.RefusalOfAsync(worker.HearAsync)).Reason, Is.EqualTo("BAD_FIELD"));
    }

    [Test]
    public async Task Heartbeat_Sent_ReachesTheLoopAndItsAckComesBack()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        WorkerHello hello = await server.Loop.TakeAsync<WorkerHello>();
        await worker.SayAsync(new()
        {
            Heartbeat = new() { Sequence = 3, CpuRatio = double.NaN, MemoryBytes = 4, GcPauseTotalUs = ulong.MaxValue },
        });
        WorkerHeartbeat beat = await server.Loop.TakeAsync<WorkerHeartbeat>();
        server.Loop.Sessions[hello.Session].TrySendHeartbeatAck(beat.Sequence);

        Assert.Multiple(() =>
        {
            Assert.That(beat.Load.Cpu, Is.Zero);
            Assert.That(beat.Load.MemoryBytes, Is.EqualTo(4));
            Assert.That(beat.Load.GcPauseTotal, Is.EqualTo(TimeSpan.FromDays(365)));
        });
        Assert.That((await worker.HearAsync())!.HeartbeatAck.Sequence, Is.EqualTo(3));
    }

    [Test]
    public async Task Stream_EndsWithoutGoodbye_IsReportedBroken()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        WorkerHello hello = await server.Loop.TakeAsync<WorkerHello>();
        worker.Dispose();

        SessionBroken broken = await server.Loop.TakeAsync<SessionBroken>();

        Assert.That(broken, Is.EqualTo(new SessionBroken("w-1", hello.Session)));
        Assert.That(server.Loop.Sessions, Is.Empty);
    }

    [Test]
    public async Task Stream_EndsAfterGoodbye_IsNotReportedBroken()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        WorkerHello hello = await server.Loop.TakeAsync<WorkerHello>();
        await worker.SayAsync(new() { Goodbye = new() { Reason = "SIGTERM" } });
        await worker.CompleteAsync();

        Assert.That(await worker.HearAsync(), Is.Null);
        Assert.That(
            await server.Loop.TakeAsync<WorkerGoodbye>(),
            Is.EqualTo(new WorkerGoodbye("w-1", hello.Session, "SIGTERM")));
        Assert.That(server.Loop.TryTake(out _), Is.False);
    }

    [Test]
    public async Task Sink_Ended_SendsWhatIsQueuedAndThenTheRefusal()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        WorkerHello hello = await server.Loop.TakeAsync<WorkerHello>();
        server.Loop.Sessions[hello.Session].TrySend(TaskFive);
        server.Loop.Sessions[hello.Session].End(new Refusal(RefusalKind.Aborted, "STALE_SESSION", "replaced"));

        Proto.Assign assign = (await worker.HearAsync())!.Assign;
        Refusal refusal = await RpcServer.RefusalOfAsync(worker.HearAsync);

        Assert.Multiple(() =>
        {
            Assert.That((assign.TaskId, assign.Epoch, assign.PartitionIndex), Is.EqualTo((5UL, 6UL, 1U)));
            Assert.That((assign.FirstKeyGroup, assign.EndKeyGroup, assign.KeyGroupCount), Is.EqualTo((16U, 32U, 64U)));
            Assert.That(refusal.Reason, Is.EqualTo("STALE_SESSION"));
        });
    }

    [Test]
    public async Task Coordinator_Stops_EndsSessionsWithoutReportingThemBroken()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        await server.Loop.TakeAsync<WorkerHello>();
        await server.StopSessionsAsync();

        Assert.That((await RpcServer.RefusalOfAsync(worker.HearAsync)).Reason, Is.EqualTo("COORDINATOR_STOPPING"));
        Assert.That(server.Loop.TryTake(out _), Is.False);
    }

    [Test]
    public async Task Coordinator_StopsBeforeTheHello_TellsTheWorkerToConnectAgain()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await server.StopSessionsAsync();

        Assert.That((await RpcServer.RefusalOfAsync(worker.HearAsync)).Reason, Is.EqualTo("COORDINATOR_STOPPING"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Commit_Sent_ReachesTheLoopWithItsEvidence(bool stored)
    {
        await using RpcServer server = await RpcServer.StartAsync();
        FrameFacts frame = server.Journal.Add(FakeJournal.Block(9, 0, 10, 0xABC));
        server.Audit.Durable(frame);
        var name = new SnapshotName(new TaskId(5), new Epoch(6), frame.End, 1);
        if (stored)
        {
            server.Snapshots.Durable.Add(name);
        }

        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        WorkerHello hello = await server.Loop.TakeAsync<WorkerHello>();
        server.Loop.Sessions[hello.Session].TrySend(TaskFive);
        await worker.SayAsync(new()
        {
            Commit = new()
            {
                CommitId = 1,
                TaskId = 5,
                Epoch = 6,
                Position = frame.End,
                NextOffset = 10,
                HashSum = 0xABC,
                SnapshotId = name.ToString(),
            },
        });
        CommitRequested commit = await server.Loop.TakeAsync<CommitRequested>();

        Assert.Multiple(() =>
        {
            Assert.That(commit.SnapshotSynced, Is.EqualTo(stored));
            Assert.That(commit.Audit, Is.EqualTo(new PartitionAudit(10, 0xABC)));
            Assert.That(commit.Point, Is.EqualTo(new RestorePoint(name.ToString(), frame.End, 10, 0xABC)));
            Assert.That((commit.Worker, commit.Session), Is.EqualTo(("w-1", hello.Session)));
        });
    }

    [TestCase(6UL, 6UL, 8192UL)]
    [TestCase(5UL, 7UL, 8192UL)]
    [TestCase(5UL, 6UL, 4096UL)]
    public async Task Commit_SnapshotOfAnotherTaskEpochOrPosition_DoesNotCountAsSynced(
        ulong task, ulong epoch, ulong position)
    {
        await using RpcServer server = await RpcServer.StartAsync();
        var name = new SnapshotName(new TaskId(task), new Epoch(epoch), position, 1);
        server.Snapshots.Durable.Add(name);
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        await server.Loop.TakeAsync<WorkerHello>();
        await worker.SayAsync(new()
        {
            Commit = new() { CommitId = 1, TaskId = 5, Epoch = 6, Position = 8192, SnapshotId = name.ToString() },
        });

        CommitRequested commit = await server.Loop.TakeAsync<CommitRequested>();

        Assert.That(commit.SnapshotSynced, Is.False);
        Assert.That(commit.Audit, Is.Null);
    }

    [Test]
    public async Task Commit_WithOutputsOfAnUnknownTopic_IsAnsweredAtOnce()
    {
        await using RpcServer server = await RpcServer.StartAsync();
        using var worker = new TestWorker(server);
        await worker.HelloAsync();
        await server.Loop.TakeAsync<WorkerHello>();
        await worker.SayAsync(new()
        {
            Commit = new()
            {
                CommitId = 4,
                TaskId = 5,
                OutputSequences = { new Proto.OutputSequence { Topic = "none", LastSequence = 1 } },
            },
        });

        Proto.CommitResult result = (await worker.HearAsync())!.CommitResult;

        Assert.That((result.CommitId, result.Accepted, result.Reason), Is.EqualTo((4UL, false, "NO_SUCH_TOPIC")));
    }

    [Test]
    public void TrySend_QueueFull_SaysSoAndNeverWaits()
    {
        var queue = new SessionQueue(TimeSpan.FromMinutes(1));
        for (int i = 0; i < SessionQueue.Capacity; i++)
        {
            queue.TrySendHeartbeatAck(1);
        }

        Assert.That(queue.TrySend(TaskFive), Is.False);
    }
}
