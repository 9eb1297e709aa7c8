using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Tests.Ingest;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Dispatch;

/// <summary>Dispatch behind a real server: the worker's data stream and Read.</summary>
[CancelAfter(60_000)]
public sealed class DispatchRpcTests
{
    private static readonly TopicRoute _words = FakeCoordinator.Topic("words", 1, 64, 4);
    private StoredFrames _journal = null!;
    private Dispatcher _dispatcher = null!;
    private LoopbackServer _server = null!;
    private IngestService.IngestServiceClient _reader = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _journal = new StoredFrames();
        _dispatcher = new Dispatcher(
            _journal,
            new DispatchLimits(RingBytes: 4 * 4096, MessageBytes: 2000),
            TimeProvider.System,
            NullLogger<Dispatcher>.Instance);
        TopicRoute old = _words with { Name = "old", Partitions = _words.Partitions.SetItem(0, default) };
        var loop = new FakeCoordinator { Routing = FakeCoordinator.RoutingOf(_words, old) };
        _server = await LoopbackServer.StartAsync(_dispatcher.DefineFetch(), _dispatcher.DefineReads(loop));
        _reader = new IngestService.IngestServiceClient(_server.Channel);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _dispatcher.Dispose();
        await _journal.DisposeAsync();
    }

    [Test]
    public async Task Fetch_OfOldAndNewFrames_DeliversAllAndWaitsForCredit(CancellationToken cancellation)
    {
        for (int i = 0; i < 20; i++)
        {
            Store(i < 10);
        }

        _dispatcher.Grant(5, new TaskId(1), new Epoch(9), _words.Partitions[0]);
        using AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> call = await OpenAsync(5, cancellation);
        var receiver = new TaskReceiver(_journal, new TaskId(1), new Epoch(9), _words.Partitions[0]);
        receiver.StartAt(0, 0, 500);
        await call.RequestStream.WriteAsync(Subscription(1, 9, 500), cancellation);
        while (receiver.NextOffset < 60)
        {
            Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.True);
            Take(call.ResponseStream.Current, receiver);
            if (receiver.NextOffset == 30 * 2 && _journal.Frames.Count < 30)
            {
                Store(false);
            }

            long bytes = receiver.Outstanding;
            receiver.ReturnCredit(bytes);
            await call.RequestStream.WriteAsync(CreditOf(1, 9, bytes), cancellation);
        }

        Store(false);
        while (receiver.NextOffset < 63)
        {
            await call.ResponseStream.MoveNext(cancellation);
            Take(call.ResponseStream.Current, receiver);
        }

        await call.RequestStream.CompleteAsync();
        Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.False);
    }

    [Test]
    public async Task Fetch_OfATaskThatWasNotGranted_SendsNothingOfIt(CancellationToken cancellation)
    {
        Store(false);
        _dispatcher.Grant(5, new TaskId(2), new Epoch(9), _words.Partitions[0]);
        _dispatcher.Grant(6, new TaskId(1), new Epoch(9), _words.Partitions[0]);
        using AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> call = await OpenAsync(5, cancellation);
        await call.RequestStream.WriteAsync(Subscription(1, 9, 5000), cancellation);
        await call.RequestStream.WriteAsync(Subscription(2, 8, 5000), cancellation);
        await call.RequestStream.WriteAsync(Subscription(2, 9, 5000), cancellation);
        Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.True);
        Assert.That(call.ResponseStream.Current.Blocks.Select(block => block.TaskId), Is.EqualTo(new[] { 2ul }));
    }

    [Test]
    public async Task Fetch_OfTheSameSessionAgain_EndsTheOlderStream(CancellationToken cancellation)
    {
        using AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> older = await OpenAsync(5, cancellation);
        _dispatcher.Grant(5, new TaskId(1), new Epoch(9), _words.Partitions[0]);
        await older.RequestStream.WriteAsync(Subscription(1, 9, 5000), cancellation);
        Store(false);
        Assert.That(await older.ResponseStream.MoveNext(cancellation), Is.True);
        using AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> newer = await OpenAsync(5, cancellation);
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await older.ResponseStream.MoveNext(cancellation));
        Assert.That(RefusalStatus.Find(exception!)?.Reason, Is.EqualTo("STALE_SESSION"));
    }

    [Test]
    public async Task Fetch_ThatDoesNotOpen_IsRefused(CancellationToken cancellation)
    {
        using AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> call = Call(cancellation);
        await call.RequestStream.WriteAsync(Subscription(1, 9, 5000), cancellation);
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.MoveNext(cancellation));
        Assert.That(RefusalStatus.Find(exception!)?.Metadata["field"], Is.EqualTo("open"));
    }

    [Test]
    public async Task Fetch_ByATaskWithoutEvents_IsToldHowFarTheJournalIs(CancellationToken cancellation)
    {
        _dispatcher.Grant(5, new TaskId(1), new Epoch(9), _words.Partitions[3]);
        using AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> call = await OpenAsync(5, cancellation);
        await call.RequestStream.WriteAsync(Subscription(1, 9, 5000), cancellation);
        Store(false);
        Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.True);
        RawBlock block = call.ResponseStream.Current.Blocks.Single();
        Assert.That((block.EventCount, block.Position), Is.EqualTo((0u, _journal.DurableEnd)));
    }

    [Test]
    public async Task Read_FromAnyOffset_GivesTheEventsAsTheyWereStored(CancellationToken cancellation)
    {
        for (int i = 0; i < 20; i++)
        {
            Store(i < 10);
        }

        foreach (ulong offset in new ulong[] { 0, 1, 29, 30, 45, 59, 60, 99 })
        {
            List<byte[]> expected = [.. _journal.Entries(_words.Partitions[0]).Skip((int)offset)];
            Assert.That(
                await ReadAsync(new ReadRequest { Topic = "words", Offset = offset }, cancellation),
                Is.EqualTo(expected.Select(StoredFrames.Decode)));
            Assert.That(
                await ReadAsync(new ReadRequest { Topic = "words", Offset = offset, MaxEvents = 4 }, cancellation),
                Is.EqualTo(expected.Take(4).Select(StoredFrames.Decode)));
        }
    }

    [Test]
    public async Task Read_ThatFollows_SeesWhatIsStoredLater(CancellationToken cancellation)
    {
        using AsyncServerStreamingCall<ReadResponse> call = _reader.Read(
            new ReadRequest { Topic = "words", Follow = true }, cancellationToken: cancellation);
        ulong next = 0;
        for (int i = 0; i < 10; i++)
        {
            Store(false);
            while (next < (ulong)_journal.Entries(_words.Partitions[0]).Count)
            {
                Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.True);
                Assert.That(call.ResponseStream.Current.FirstOffset, Is.EqualTo(next));
                next += (ulong)call.ResponseStream.Current.Events.Count;
            }
        }
    }

    [Test]
    public async Task Read_BelowWhatIsKept_NamesTheOldestOffset()
    {
        for (int i = 0; i < 10; i++)
        {
            Store(true);
        }

        _journal.Trim(_journal.Frames[4].Position);
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await ReadAsync(new ReadRequest { Topic = "words", Offset = 3 }, CancellationToken.None));
        Refusal refusal = RefusalStatus.Find(exception!)!;
        Assert.That((refusal.Reason, refusal.Metadata["oldestOffset"]), Is.EqualTo(("OFFSET_TRIMMED", "12")));
    }

    [TestCase("numbers", 0u, "NO_SUCH_TOPIC")]
    [TestCase("Not/a/name", 0u, "BAD_NAME")]
    [TestCase("words", 4u, "NO_SUCH_PARTITION")]
    [TestCase("old", 0u, "PARTITION_FORGOTTEN")]
    public async Task Read_OfWhatThereIsNot_IsRefusedByName(string topic, uint partition, string reason)
    {
        var request = new ReadRequest { Topic = topic, PartitionIndex = partition };
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await ReadAsync(request, CancellationToken.None));
        Assert.That(RefusalStatus.Find(exception!)?.Reason, Is.EqualTo(reason));
    }

    private static FetchRequest Subscription(ulong task, ulong epoch, uint credit) =>
        new() { Subscribe = new Subscribe { TaskId = task, Epoch = epoch, Subscription = 1, CreditBytes = credit } };

    private static FetchRequest CreditOf(ulong task, ulong epoch, long bytes) => new()
    {
        Credit = new Credit
        {
            Tasks = { new TaskCredit { TaskId = task, Epoch = epoch, Subscription = 1, Bytes = (uint)bytes } },
        },
    };

    private static void Take(RawFetchResponse response, TaskReceiver receiver)
    {
        foreach (RawBlock block in response.Blocks)
        {
            Assert.That(receiver.Take(block), Is.Null);
        }

        response.Release();
    }

    private AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> Call(CancellationToken cancellation) =>
        _server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            WorkerMethods.Fetch, null, new CallOptions(cancellationToken: cancellation));

    private async Task<AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse>> OpenAsync(
        ulong session, CancellationToken cancellation)
    {
        AsyncDuplexStreamingCall<FetchRequest, RawFetchResponse> call = Call(cancellation);
        await call.RequestStream.WriteAsync(
            new FetchRequest { Open = new FetchOpen { Worker = "w1", Incarnation = 1, SessionId = session } },
            cancellation);
        return call;
    }

    /// <summary>Stores three events of partition 0 and one of partition 1.</summary>
    /// <param name="old">Only in the journal, as after a restart.</param>
    private void Store(bool old)
    {
        var frame = _journal.Append(
            0,
            (_words.Partitions[0], [.. Enumerable.Range(0, 3).Select(i => StoredFrames.Entry($"k{i}", 400))]),
            (_words.Partitions[1], [StoredFrames.Entry("other", 1)]));
        if (!old)
        {
            _dispatcher.Durable(frame);
        }
    }

    private async Task<List<Protocol.Type.V1.Event>> ReadAsync(ReadRequest request, CancellationToken cancellation)
    {
        var events = new List<Protocol.Type.V1.Event>();
        using AsyncServerStreamingCall<ReadResponse> call = _reader.Read(request, cancellationToken: cancellation);
        await foreach (ReadResponse response in call.ResponseStream.ReadAllAsync(cancellation))
        {
            Assert.That(response.FirstOffset, Is.EqualTo(request.Offset + (ulong)events.Count));
            events.AddRange(response.Events);
        }

        return events;
    }
}
