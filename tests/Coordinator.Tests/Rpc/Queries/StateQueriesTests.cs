using Google.Protobuf;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Rpc.Queries;
using Millrace.Protocol.Worker.V1;
using Millrace.TestKit;
using Proto = Millrace.Protocol.Query.V1;

namespace Millrace.Coordinator.Tests.Rpc.Queries;

public sealed class StateQueriesTests
{
    private const int Groups = 8;

    private static readonly TopicRoute Words = new(
        new TopicId(1),
        "words",
        [.. Enumerable.Range(0, Groups).Select(g => g / 4)],
        [new PartitionId(10), new PartitionId(11)]);

    private RpcServer _server = null!;

    [SetUp]
    public async Task StartServerAsync()
    {
        _server = await RpcServer.StartAsync();
        _server.Journal.DurableEnd = 100_000;
    }

    [TearDown]
    public async Task StopServerAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Get_TaskHasAppliedAllThereIs_IsTrueAsOfTheDurableEnd()
    {
        await using AnsweringWorker worker = await WorkerAsync(_ => Count("k", 3, position: 8_192));
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 8_192);

        Proto.GetResponse answer = await Queries().Get(new() { Job = "counts", Key = Key("k") }, TestCall.Of());

        Assert.Multiple(() =>
        {
            Assert.That((answer.Found, answer.Count, answer.Position), Is.EqualTo((true, 3UL, 100_000UL)));
            int partition = Words.PartitionOfGroup[KeyGroups.Of(XxHash64.Hash("k"u8), Groups)];
            Assert.That(worker.Asked[0].TaskId, Is.EqualTo((ulong)partition + 1));
            Assert.That(worker.Asked[0].Epoch, Is.EqualTo(4));
        });
    }

    [Test]
    public async Task Get_TaskLags_IsTrueAsOfWhatTheTaskHasApplied()
    {
        await using AnsweringWorker worker = await WorkerAsync(_ => Count("k", 3, position: 8_192));
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 12_288);

        Proto.GetResponse answer = await Queries().Get(new() { Job = "counts", Key = Key("k") }, TestCall.Of());

        Assert.That(answer.Position, Is.EqualTo(8_192));
    }

    [TestCase(50_000UL, 8_192UL, 8_192UL)]
    [TestCase(4_096UL, 8_192UL, 4_096UL)]
    [TestCase(0UL, 8_192UL, 0UL)]
    public async Task Get_WithAMinimum_AsksTheTaskForWhatItsPartitionHoldsUpToThere(
        ulong minimum, ulong lastDataEnd, ulong asked)
    {
        await using AnsweringWorker worker = await WorkerAsync(_ => Count("k", 3, position: 8_192));
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd);

        await Queries().Get(new() { Job = "counts", Key = Key("k"), MinPosition = minimum }, TestCall.Of());

        Assert.That(worker.Asked[0].MinPosition, Is.EqualTo(asked));
    }

    [Test]
    public async Task Get_KeyNeverSeen_IsNotFound()
    {
        await using AnsweringWorker worker = await WorkerAsync(_ => new TaskAnswer { Position = 8_192 });
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 8_192);

        Proto.GetResponse answer = await Queries().Get(new() { Job = "counts", Key = Key("k") }, TestCall.Of());

        Assert.That((answer.Found, answer.Count), Is.EqualTo((false, 0UL)));
    }

    [Test]
    public async Task Get_EpochEndedWhileTheTaskAnswered_AsksTheNewOwner()
    {
        await using AnsweringWorker old = await WorkerAsync(_ => Count("k", 3, position: 8_192), "w-1");
        await using AnsweringWorker next = await WorkerAsync(_ => Count("k", 4, position: 8_192), "w-2");
        int calls = 0;
        _server.Loop.Answer = _ => ++calls == 1
            ? Located(old, epoch: 4, lastDataEnd: 8_192)
            : Located(next, epoch: 5, lastDataEnd: 8_192);

        Proto.GetResponse answer = await Queries().Get(new() { Job = "counts", Key = Key("k") }, TestCall.Of());

        Assert.That(answer.Count, Is.EqualTo(4));
        Assert.That(old.Asked, Has.Count.EqualTo(1));
    }

    [TestCase("PAUSED", 0UL, 8_192UL)]
    [TestCase("", 3UL, 8_192UL)]
    [TestCase("", 0UL, 4_096UL)]
    public async Task Get_AnswerIsAnErrorOrOfAnotherEpochOrTooOld_AsksAgain(
        string error, ulong wrongEpoch, ulong position)
    {
        int asked = 0;
        await using AnsweringWorker worker = await WorkerAsync(_ => ++asked == 1
            ? new TaskAnswer { Error = error, Epoch = wrongEpoch, Position = position }
            : Count("k", 9, position: 8_192));
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 8_192);

        Proto.GetResponse answer = await Queries().Get(
            new() { Job = "counts", Key = Key("k"), MinPosition = 50_000 }, TestCall.Of());

        Assert.That(answer.Count, Is.EqualTo(9));
    }

    [TestCase(true, "WAIT_TIMEOUT")]
    [TestCase(false, "NO_READY_WORKERS")]
    public async Task Get_NobodyAnswersInTime_SaysWhy(bool owned, string reason)
    {
        var time = new ManualTime();
        _server.Loop.Answer = _ => Located(null, epoch: 4, lastDataEnd: 8_192, worker: owned ? "w-1" : "");
        Task<Proto.GetResponse> answer = Queries(time).Get(new() { Job = "counts", Key = Key("k") }, TestCall.Of());
        await time.AdvanceUntilAsync(answer, TimeSpan.FromMilliseconds(500));

        Assert.That(
            async () => await answer,
            Throws.TypeOf<RefusalException>().With.Property("Refusal").Property("Reason").EqualTo(reason));
    }

    [Test]
    public async Task Get_MinimumAboveTheDurableEnd_WaitsAndThenTimesOut()
    {
        var time = new ManualTime();
        await using AnsweringWorker worker = await WorkerAsync(_ => Count("k", 3, position: 8_192));
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 8_192);
        Task<Proto.GetResponse> answer = Queries(time).Get(
            new() { Job = "counts", Key = Key("k"), MinPosition = 100_001 }, TestCall.Of());
        await time.AdvanceUntilAsync(answer, TimeSpan.FromMilliseconds(500));

        Assert.That(
            async () => await answer,
            Throws.TypeOf<RefusalException>().With.Property("Refusal").Property("Reason").EqualTo("WAIT_TIMEOUT"));
        Assert.That(worker.Asked, Is.Empty);
    }

    [Test]
    public async Task Scan_PageByPage_GivesEveryKeyOfEveryTaskOnceInOrder()
    {
        string[] keys = [.. Enumerable.Range(0, 57).Select(i => $"key-{i * 7919 % 1000:D3}").Distinct()];
        await using AnsweringWorker worker = await WorkerAsync(question => Part(keys, question));
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 8_192);
        StateQueries queries = Queries();
        var seen = new List<string>();
        string token = "";
        do
        {
            Proto.ScanResponse page = await queries.Scan(
                new() { Job = "counts", Prefix = Key("key"), PageSize = 10, PageToken = token }, TestCall.Of());
            seen.AddRange(page.Entries.Select(e => e.Key.ToStringUtf8()));
            token = page.NextPageToken;
            Assert.That(
                page.Positions.Select(p => p.Assignment),
                Is.EqualTo(new[] { "jobs/counts/assignments/count-0", "jobs/counts/assignments/count-1" }));
        }
        while (token.Length > 0);

        Assert.That(seen, Is.EqualTo(keys.Order(StringComparer.Ordinal)));
    }

    [Test]
    public async Task Scan_TokenOfAnotherPrefix_IsRefused()
    {
        string[] keys = ["a1", "a2", "b1"];
        await using AnsweringWorker worker = await WorkerAsync(question => Part(keys, question));
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 8_192);
        Proto.ScanResponse page = await Queries().Scan(
            new() { Job = "counts", Prefix = Key("a"), PageSize = 1 }, TestCall.Of());

        Assert.That(
            () => Queries().Scan(
                new() { Job = "counts", Prefix = Key("b"), PageToken = page.NextPageToken }, TestCall.Of()),
            Throws.TypeOf<RefusalException>().With.Property("Refusal").Property("Reason").EqualTo("BAD_PAGE_TOKEN"));
    }

    [Test]
    public async Task TopK_TwoTasks_MergesThemAndAddsTheirKeyCounts()
    {
        await using AnsweringWorker worker = await WorkerAsync(question => new TaskAnswer
        {
            Position = 8_192,
            KeyCount = 40 + question.TaskId,
            Entries = { new KeyCount { Key = Key($"k{question.TaskId}"), Count = question.TaskId } },
        });
        _server.Loop.Answer = _ => Located(worker, epoch: 4, lastDataEnd: 8_192);

        Proto.TopKResponse answer = await Queries().TopK(new() { Job = "counts" }, TestCall.Of());

        Assert.Multiple(() =>
        {
            Assert.That(answer.Entries.Select(e => e.Key.ToStringUtf8()), Is.EqualTo(new[] { "k2", "k1" }));
            Assert.That(answer.KeyCount, Is.EqualTo(83));
            Assert.That(worker.Asked.Select(q => q.Top.Limit), Is.All.EqualTo(10));
        });
    }

    [TestCase("No", "k", "BAD_NAME")]
    [TestCase("counts", "", "KEY_REQUIRED")]
    [TestCase("gone", "k", "NO_SUCH_JOB")]
    public void Get_BadRequest_IsRefusedByName(string job, string key, string reason)
    {
        _server.Loop.Answer = _ => new Refusal(RefusalKind.NotFound, "NO_SUCH_JOB", "none");

        Assert.That(
            () => Queries().Get(new() { Job = job, Key = Key(key) }, TestCall.Of()),
            Throws.TypeOf<RefusalException>().With.Property("Refusal").Property("Reason").EqualTo(reason));
    }

    private static ByteString Key(string text) => ByteString.CopyFromUtf8(text);

    private static TaskAnswer Count(string key, ulong count, ulong position) =>
        new() { Position = position, Entries = { new KeyCount { Key = Key(key), Count = count } } };

    /// <summary>What a task with every other key would answer to a scan.</summary>
    private static TaskAnswer Part(string[] keys, AnswerResponse question)
    {
        var answer = new TaskAnswer { Position = 8_192 };
        answer.Entries.AddRange(keys
            .Where((_, i) => i % 2 == (int)question.TaskId - 1)
            .Where(k => k.StartsWith(question.Scan.Prefix.ToStringUtf8(), StringComparison.Ordinal))
            .Where(k => string.CompareOrdinal(k, question.Scan.AfterKey.ToStringUtf8()) > 0)
            .Order(StringComparer.Ordinal)
            .Take((int)question.Scan.Limit)
            .Select(k => new KeyCount { Key = Key(k), Count = 1 }));
        return answer;
    }

    private static LocatedJob Located(
        AnsweringWorker? owner, ulong epoch, ulong lastDataEnd, string worker = "w-1") =>
        new("counts", "count", "count", Words, [.. Words.Partitions.Select((partition, index) => new LocatedTask(
            new TaskId((ulong)index + 1),
            partition,
            index,
            KeyGroups.Range(index, Words.Partitions.Length, Groups),
            new Epoch(epoch),
            worker,
            owner?.Session.Number ?? 0,
            lastDataEnd,
            0))]);

    private Task<AnsweringWorker> WorkerAsync(Func<AnswerResponse, TaskAnswer?> answer, string name = "w-1") =>
        AnsweringWorker.StartAsync(_server, name, answer);

    private StateQueries Queries(TimeProvider? time = null) =>
        new(new JobQuestions(_server.Loop, _server.Journal, _server.Answers, time ?? TimeProvider.System));
}
