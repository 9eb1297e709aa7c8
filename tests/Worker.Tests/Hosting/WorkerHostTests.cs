using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Hosting;
using Millrace.Protocol.Type.V1;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Hosting;
using Requests = Millrace.Protocol.Worker.V1.SessionRequest.MessageOneofCase;

namespace Millrace.Worker.Tests.Hosting;

/// <summary>The whole worker over real streams on loopback, against a coordinator that speaks generated
/// messages.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WorkerHostTests
{
    private const ulong TaskNumber = 7;
    private const ulong Epoch = 3;

    private readonly string _directory = Directory.CreateTempSubdirectory("worker-host-").FullName;
    private readonly CancellationTokenSource _drain = new();
    private FakeCoordinator? _coordinator;
    private WorkerHost? _host;
    private Task<int>? _exit;
    private ulong _subscription;

    [TearDown]
    public async Task Stop()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_coordinator is not null)
        {
            await _coordinator.DisposeAsync();
        }

        _drain.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task Start_BeforeTheCoordinator_FindsItWhenItsFileAppears()
    {
        StartWorker(_directory);
        await StartCoordinatorAsync();
        SessionRequest hello = await _coordinator!.HearAsync(Requests.Hello);
        Assert.Multiple(() =>
        {
            Assert.That(hello.Hello.Worker, Is.EqualTo("w-1"));
            Assert.That(hello.Hello.ProtocolVersion, Is.EqualTo(1));
            Assert.That(hello.Hello.Operators, Is.EqualTo(new[] { "count", "sum" }));
            Assert.That(hello.Hello.Incarnation, Is.Not.Zero);
        });
    }

    [Test]
    public async Task Blocks_OfAGrantedTask_EndInACommitOfWhatWasSent()
    {
        await RunTaskAsync();
        Send(0, "a", "b", "a");
        Commit commit = (await _coordinator!.HearAsync(Requests.Commit)).Commit;
        Assert.Multiple(() =>
        {
            Assert.That((commit.TaskId, commit.Epoch, commit.NextOffset), Is.EqualTo((TaskNumber, Epoch, 3ul)));
            Assert.That(commit.Position, Is.EqualTo(4096));
            Assert.That(_coordinator.SnapshotNames, Does.Contain(commit.SnapshotId));
        });
    }

    [Test]
    public async Task Blocks_Applied_GiveTheirCreditBack()
    {
        await RunTaskAsync();
        int bytes = Send(0, "a", "b", "a");
        Credit credit = (await _coordinator!.HearFetchAsync(FetchRequest.MessageOneofCase.Credit)).Credit;
        Assert.That(credit.Tasks.Single().Bytes, Is.EqualTo(bytes));
    }

    [Test]
    public async Task Question_AboutTheState_IsAnswered()
    {
        await RunTaskAsync();
        Send(0, "a", "b", "a");
        TaskAnswer answer = await _coordinator!.AskAsync(new()
        {
            QuestionId = 5,
            TaskId = TaskNumber,
            Epoch = Epoch,
            MinPosition = 4096,
            Scan = new() { Limit = 10 },
        });
        Assert.Multiple(() =>
        {
            Assert.That((answer.QuestionId, answer.Position, answer.KeyCount), Is.EqualTo((5ul, 4096ul, 2ul)));
            Assert.That(
                answer.Entries.Select(entry => $"{entry.Key.ToStringUtf8()}={entry.Count}"),
                Is.EqualTo(new[] { "a=2", "b=1" }));
        });
    }

    [Test]
    public async Task Assign_WithARestorePoint_GoesOnFromThatState()
    {
        await RunTaskAsync();
        Send(0, "a", "b", "a");
        Commit commit = (await _coordinator!.HearAsync(Requests.Commit)).Commit;
        _coordinator.Say(new() { Assign = Grant(Epoch + 1, commit) });
        Subscribe subscribe = (await _coordinator.HearFetchAsync(FetchRequest.MessageOneofCase.Subscribe)).Subscribe;
        Assert.That((subscribe.Position, subscribe.NextOffset, subscribe.Epoch), Is.EqualTo((4096ul, 3ul, Epoch + 1)));

        TaskAnswer answer = await _coordinator.AskAsync(
            new() { QuestionId = 6, TaskId = TaskNumber, Epoch = Epoch + 1, Top = new() { Limit = 1 } });
        Assert.That(answer.Entries.Single().Count, Is.EqualTo(2));
    }

    [Test]
    public async Task Session_CutAndConfirmedAgain_GoesOnWithTheStateItHad()
    {
        await RunTaskAsync();
        Send(0, "a", "b", "a");
        await _coordinator!.HearAsync(Requests.Commit);
        _coordinator.Cut();
        HeldTask held = (await _coordinator.HearAsync(Requests.Hello)).Hello.Held.Single();
        Assert.That((held.TaskId, held.Epoch), Is.EqualTo((TaskNumber, Epoch)));

        await _coordinator.HearAsync(Requests.Heartbeat);
        Assign confirmation = Grant(Epoch, null);
        confirmation.Confirmed = true;
        _coordinator.Say(new() { Assign = confirmation });
        Subscribe subscribe = (await _coordinator.HearFetchAsync(FetchRequest.MessageOneofCase.Subscribe)).Subscribe;
        Assert.That(subscribe.NextOffset, Is.EqualTo(3));

        // The commit that was never answered is said again, under the same number.
        Assert.That((await _coordinator.HearAsync(Requests.Commit)).Commit.CommitId, Is.EqualTo(1));
    }

    [Test]
    public async Task DataStream_CutAlone_IsOpenedAgainAndSubscribed()
    {
        await RunTaskAsync();
        Send(0, "a", "b");
        await AppliedAsync(4096);
        _coordinator!.CutData();
        await _coordinator.HearFetchAsync(FetchRequest.MessageOneofCase.Open);
        Subscribe subscribe = (await _coordinator.HearFetchAsync(FetchRequest.MessageOneofCase.Subscribe)).Subscribe;
        Assert.That(subscribe.NextOffset, Is.EqualTo(2));
    }

    [Test]
    public async Task Drain_WithNewEvents_CommitsSaysGoodbyeAndEndsWell()
    {
        await RunTaskAsync();
        Send(0, "a");
        Commit first = (await _coordinator!.HearAsync(Requests.Commit)).Commit;
        Send(1, "b");
        await AppliedAsync(8192);
        await _drain.CancelAsync();
        _coordinator.Say(Accepted(first));
        Commit last = (await _coordinator.HearAsync(Requests.Commit)).Commit;
        _coordinator.Say(Accepted(last));
        await _coordinator.HearAsync(Requests.Goodbye);
        Assert.That(last.NextOffset, Is.EqualTo(2));
        Assert.That(await _exit!, Is.EqualTo(ExitCodes.Ok));
    }

    [Test]
    public async Task Shutdown_ByTheCoordinator_EndsTheWorker()
    {
        await RunTaskAsync();
        _coordinator!.Say(new() { Shutdown = new() { Reason = "REMOVED" } });
        Assert.That((await _coordinator.HearAsync(Requests.Goodbye)).Goodbye.Reason, Is.EqualTo("REMOVED"));
        Assert.That(await _exit!, Is.EqualTo(ExitCodes.Ok));
    }

    private static SessionResponse Accepted(Commit commit) => new()
    {
        CommitResult = new()
        {
            CommitId = commit.CommitId,
            TaskId = commit.TaskId,
            Epoch = commit.Epoch,
            Accepted = true,
        },
    };

    private static Assign Grant(ulong epoch, Commit? from) => new()
    {
        TaskId = TaskNumber,
        Epoch = epoch,
        Job = "words",
        Stage = "count",
        Operator = "count",
        Topic = "lines",
        EndKeyGroup = 16,
        KeyGroupCount = 16,
        Restore = new()
        {
            SnapshotId = from?.SnapshotId ?? "",
            Position = from?.Position ?? 0,
            NextOffset = from?.NextOffset ?? 0,
            HashSum = from?.HashSum ?? 0,
        },
    };

    private async Task StartCoordinatorAsync()
    {
        _coordinator = await FakeCoordinator.StartAsync();
        new EndpointsFile(_coordinator.Address, "", 1, 1).WriteTo(_directory);
    }

    private void StartWorker(string coordinator)
    {
        _host = WorkerHost.Start(
            new WorkerOptions("w-1", coordinator, RunLoops: 2, MaxAssignments: 0),
            OperatorCatalog.Standard,
            TimeProvider.System,
            NullLoggerFactory.Instance);
        _exit = _host.RunAsync(_drain.Token);
    }

    /// <summary>Brings a worker so far that it waits for the task's blocks.</summary>
    private async Task RunTaskAsync()
    {
        await StartCoordinatorAsync();
        StartWorker(_directory);
        await _coordinator!.HearAsync(Requests.Heartbeat);
        _coordinator.Say(new() { Assign = Grant(Epoch, null) });
        Subscribe subscribe = (await _coordinator.HearFetchAsync(FetchRequest.MessageOneofCase.Subscribe)).Subscribe;
        _subscription = subscribe.Subscription;
    }

    private async Task AppliedAsync(ulong position)
    {
        TaskAnswer answer = await _coordinator!.AskAsync(
            new() { QuestionId = position, TaskId = TaskNumber, Epoch = Epoch, MinPosition = position, Get = new() });
        Assert.That(answer.Error, Is.Empty);
    }

    /// <summary>Sends one event for each key, as one frame, and returns how many bytes they are.</summary>
    private int Send(int frame, params string[] keys)
    {
        var block = new Block
        {
            TaskId = TaskNumber,
            Epoch = Epoch,
            Position = (ulong)(frame + 1) * 4096,
            FirstOffset = (ulong)frame,
            EventCount = (uint)keys.Length,
            Subscription = _subscription,
        };
        block.Events.AddRange(keys.Select(key => new Event
        {
            Key = ByteString.CopyFromUtf8(key),
            Value = ByteString.CopyFrom(Encoding.UTF8.GetBytes("value")),
        }));
        var entries = new Block { Events = { block.Events } };
        _coordinator!.Send(new FetchResponse { Blocks = { block } });
        return entries.CalculateSize();
    }
}
