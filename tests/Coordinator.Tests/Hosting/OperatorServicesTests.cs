using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>Cordon, drain, move, pin and operations over the real machine, journal and wire, with two workers that the
/// test plays.</summary>
public sealed class OperatorServicesTests
{
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;
    private AsyncDuplexStreamingCall<SessionRequest, SessionResponse>[] _sessions = [];

    [SetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
        _sessions = [_coordinator.Protocol.Session(), _coordinator.Protocol.Session()];
        await JoinAsync(_sessions[0], "w-1");
        await JoinAsync(_sessions[1], "w-2");
        await _coordinator.Topics.CreateTopicAsync(new() { TopicId = "words", Topic = new() { PartitionCount = 2 } });
        await _coordinator.Jobs.DeployJobAsync(new()
        {
            JobId = "counts",
            Spec = new() { Operator = "count", SourceTopics = { "topics/words" } },
        });
    }

    [TearDown]
    public async Task StopAsync()
    {
        Array.ForEach(_sessions, s => s.Dispose());
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task Move_OfATask_IsFollowedToItsEnd()
    {
        Assignment before = await GetAsync(0);
        MoveAssignmentRequest asked = new()
        {
            Name = before.Name,
            ToWorker = "workers/w-2",
            ExpectedEpoch = before.Epoch,
            PinAfterMove = true,
            RequestId = "move-1",
        };
        Operation started = (await _coordinator.Assignments.MoveAssignmentAsync(asked)).Operation;
        Operation again = (await _coordinator.Assignments.MoveAssignmentAsync(asked)).Operation;
        Assign copy = await NextAssignAsync(_sessions[1], a => a.Warm);
        Assignment meanwhile = await GetAsync(0);
        await _sessions[1].RequestStream.WriteAsync(new()
        {
            Progress = new()
            {
                Tasks = { new TaskProgress { TaskId = copy.TaskId, Epoch = copy.Epoch, State = TaskState.Warm } },
            },
        });
        Operation over = (await _coordinator.Operations.WaitOperationAsync(new() { Name = started.Name })).Operation;
        Assignment after = await GetAsync(0);

        Assert.Multiple(() =>
        {
            Assert.That((started.Name, again.Name), Is.EqualTo(("operations/op-1", "operations/op-1")));
            Assert.That((started.Done, started.Metadata.Cancellable), Is.EqualTo((false, true)));
            Assert.That((meanwhile.Worker, meanwhile.MovingTo), Is.EqualTo(("workers/w-1", "workers/w-2")));
            Assert.That((over.Done, over.Metadata.Phase), Is.EqualTo((true, OperationPhase.Succeeded)), $"{over}");
            Assert.That(over.Metadata.Items.Single().State, Is.EqualTo(ChangeItemState.Moved));
            Assert.That((after.Worker, after.Epoch, after.Pin.Worker),
                Is.EqualTo(("workers/w-2", copy.Epoch, "workers/w-2")));
            Assert.That(after.Reason, Is.EqualTo(AssignmentReason.ManualMove));
        });
    }

    [Test]
    public async Task Drain_ThatIsCancelled_LeavesTheWorkerOpen()
    {
        Operation started = (await _coordinator.Workers.DrainWorkerAsync(new() { Name = "workers/w-1" })).Operation;
        Protocol.Admin.V1.Worker draining =
            (await _coordinator.Workers.GetWorkerAsync(new() { Name = "workers/w-1" })).Worker;
        Operation early = (await _coordinator.Operations.WaitOperationAsync(
            new() { Name = started.Name, Timeout = Duration.FromTimeSpan(TimeSpan.Zero) })).Operation;
        Operation cancelled = (await _coordinator.Operations.CancelOperationAsync(
            new() { Name = started.Name, RequestId = "c" })).Operation;
        ListOperationsResponse all = await _coordinator.Operations.ListOperationsAsync(new());
        Protocol.Admin.V1.Worker after =
            (await _coordinator.Workers.GetWorkerAsync(new() { Name = "workers/w-1" })).Worker;

        Assert.Multiple(() =>
        {
            Assert.That((draining.Duty, draining.DrainOperation), Is.EqualTo((WorkerDuty.Draining, started.Name)));
            Assert.That(early.Done, Is.False);
            Assert.That(cancelled.Error.Reason, Is.EqualTo("CANCELLED"));
            Assert.That(all.Operations.Single(), Is.EqualTo(cancelled));
            Assert.That((after.Duty, after.AssignmentCount), Is.EqualTo((WorkerDuty.Open, 1U)));
        });
    }

    [Test]
    public async Task Calls_ThatCanNotBe_AreRefusedByName()
    {
        await _coordinator.Workers.CordonWorkerAsync(new() { Name = "workers/w-2", Note = "disk" });
        (string Reason, StatusCode Code, Func<Task> Call)[] calls =
        [
            ("WORKER_CORDONED", StatusCode.FailedPrecondition, () => MoveAsync("workers/w-2")),
            ("NO_SUCH_WORKER", StatusCode.NotFound, () => MoveAsync("workers/w-9")),
            ("BAD_NAME", StatusCode.InvalidArgument, () => MoveAsync("w-2")),
            ("STALE_EPOCH", StatusCode.Aborted, () => MoveAsync("workers/w-2", 999)),
            ("NO_WORKER_TO_DRAIN_TO", StatusCode.FailedPrecondition, async () =>
                await _coordinator.Workers.DrainWorkerAsync(new() { Name = "workers/w-1" })),
            ("NOT_CORDONED", StatusCode.FailedPrecondition, async () =>
                await _coordinator.Workers.UncordonWorkerAsync(new() { Name = "workers/w-1" })),
            ("PIN_AGAINST_LABELS", StatusCode.FailedPrecondition, () => PinAsync("workers/w-1", "zone=b")),
            ("NO_WORKER_MATCHES", StatusCode.FailedPrecondition, () => PinAsync("", "zone=b")),
            ("BAD_FIELD", StatusCode.InvalidArgument, () => PinAsync("", "zone")),
            ("BAD_FIELD", StatusCode.InvalidArgument, () => PinAsync("", "zone=a,zone=b")),
            ("NO_SUCH_OPERATION", StatusCode.NotFound, async () =>
                await _coordinator.Operations.GetOperationAsync(new() { Name = "operations/op-7" })),
            ("BAD_NAME", StatusCode.InvalidArgument, async () =>
                await _coordinator.Operations.CancelOperationAsync(new() { Name = "operations/7" })),
            ("NO_SUCH_ASSIGNMENT", StatusCode.NotFound, async () =>
                await _coordinator.Assignments.UnpinAssignmentAsync(
                    new() { Name = "jobs/counts/assignments/count-9" })),
        ];
        foreach ((string reason, StatusCode code, Func<Task> call) in calls)
        {
            RpcException? refused = await Assert.ThrowsAsync<RpcException>(() => call(), reason);
            Assert.That(
                (refused?.Trailers.GetValue("millrace-reason"), refused?.StatusCode), Is.EqualTo((reason, code)));
        }

        Assert.That((await GetAsync(0)).Worker, Is.EqualTo("workers/w-1"));
        Assert.That((await _coordinator.Operations.ListOperationsAsync(new())).TotalSize, Is.Zero);
    }

    [Test]
    public async Task Pin_ToALabel_IsShownWithItsNote()
    {
        await PinAsync("", "zone=a", "licence");
        Pin pin = (await GetAsync(0)).Pin;
        await _coordinator.Assignments.UnpinAssignmentAsync(new() { Name = "jobs/counts/assignments/count-0" });
        Assert.That(pin, Is.EqualTo(new Pin { LabelSelector = "zone=a", Note = "licence" }));
        Assert.That((await GetAsync(0)).Pin, Is.Null);
    }

    private static async Task JoinAsync(
        AsyncDuplexStreamingCall<SessionRequest, SessionResponse> session, string name)
    {
        await session.RequestStream.WriteAsync(new()
        {
            Hello = new()
            {
                Worker = name,
                Incarnation = 1,
                ProtocolVersion = 1,
                Operators = { "count" },
                Labels = { ["zone"] = "a" },
            },
        });
        Assert.That(await session.ResponseStream.MoveNext(CancellationToken.None));
    }

    private static async Task<Assign> NextAssignAsync(
        AsyncDuplexStreamingCall<SessionRequest, SessionResponse> session, Func<Assign, bool> wanted)
    {
        while (await session.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (session.ResponseStream.Current.Assign is { } assign && wanted(assign))
            {
                return assign;
            }
        }

        throw new AssertionException("the session ended");
    }

    private async Task<Assignment> GetAsync(int index) => (await _coordinator.Assignments.GetAssignmentAsync(
        new() { Name = $"jobs/counts/assignments/count-{index}" })).Assignment;

    private async Task MoveAsync(string worker, ulong epoch = 0) =>
        await _coordinator.Assignments.MoveAssignmentAsync(new()
        {
            Name = "jobs/counts/assignments/count-0",
            ToWorker = worker,
            ExpectedEpoch = epoch,
        });

    private async Task PinAsync(string worker, string labels, string note = "") =>
        await _coordinator.Assignments.PinAssignmentAsync(new()
        {
            Name = "jobs/counts/assignments/count-0",
            Pin = new() { Worker = worker, LabelSelector = labels, Note = note },
        });
}
