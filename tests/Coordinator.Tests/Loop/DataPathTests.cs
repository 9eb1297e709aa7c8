using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Tests.Journal;
using Millrace.Coordinator.Tests.Rpc;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Loop;

/// <summary>Ingest, the loop and dispatch together, over real streams; only the disk is missing.</summary>
[CancelAfter(60_000)]
public sealed class DataPathTests
{
    private const int Partitions = 4;
    private const int BatchCount = 60;
    private const int EventsInABatch = 40;

    private readonly Dictionary<string, int> _sent = [];
    private readonly Dictionary<string, int> _counted = [];
    private MemoryJournal _journal = null!;
    private Dispatcher _dispatcher = null!;
    private CoordinatorLoop _loop = null!;
    private LoopbackServer _server = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _sent.Clear();
        _counted.Clear();
        _journal = new MemoryJournal(JournalGeometry.Default, 1, keptFrames: 100_000);
        _dispatcher = new Dispatcher(
            _journal,
            new DispatchLimits(RingBytes: 64 << 10, MessageBytes: 8 << 10),
            TimeProvider.System,
            NullLogger<Dispatcher>.Instance);
        var nothing = new Nothing();
        _loop = new CoordinatorLoop(
            new CoordinatorMachine(new CoordinatorState(), CoordinatorPolicy.Default),
            _journal,
            new LoopPorts(
                _dispatcher,
                nothing,
                nothing,
                TimeProvider.System,
                (what, error) => Assert.Fail($"{what}: {error}"),
                NullLogger.Instance),
            1);
        _loop.Start(new StartCoordinator(1, "test"));
        var ingest = new IngestHandlers(
            _loop, _loop, new IngestLimits(), TimeProvider.System, NullLogger<IngestHandlers>.Instance);
        _server = await LoopbackServer.StartAsync(
            ServiceDefinitions.Combine(ingest.Define(), _dispatcher.DefineReads(_loop)), _dispatcher.DefineFetch());
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        await _loop.DisposeAsync();
        _dispatcher.Dispose();
        await _journal.DisposeAsync();
    }

    [Test]
    public async Task Publish_OfManyWords_ReachesTheWorkerAndTheReaderOnceEach(CancellationToken cancellation)
    {
        await _loop.AskAsync<CreatedTopic>(
            call => new CreateTopic(call, "words", Partitions, 64, 0, null, false), cancellation);
        var client = new IngestService.IngestServiceClient(_server.Channel);
        OpenProducerResponse producer = await client.OpenProducerAsync(
            new OpenProducerRequest(), cancellationToken: cancellation);
        Task fetching = FetchAsync(cancellation);
        await PublishAsync(producer, cancellation);
        await fetching;
        Assert.That(_counted, Is.EquivalentTo(_sent));
        int read = 0;
        for (uint index = 0; index < Partitions; index++)
        {
            using var call = client.Read(
                new ReadRequest { Topic = "words", PartitionIndex = index }, cancellationToken: cancellation);
            await foreach (ReadResponse response in call.ResponseStream.ReadAllAsync(cancellation))
            {
                read += response.Events.Count;
            }
        }

        Assert.That(read, Is.EqualTo(BatchCount * EventsInABatch));
    }

    [Test]
    public async Task Publish_WithAGap_EndsTheStreamWithTheReason(CancellationToken cancellation)
    {
        await _loop.AskAsync<CreatedTopic>(
            call => new CreateTopic(call, "words", Partitions, 64, 0, null, false), cancellation);
        var client = new IngestService.IngestServiceClient(_server.Channel);
        OpenProducerResponse producer = await client.OpenProducerAsync(
            new OpenProducerRequest { ProducerId = "p1" }, cancellationToken: cancellation);
        using var entries = new EntryBuffer();
        entries.Append("a"u8, default);
        using var call = _server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            IngestMethods.Publish, null, new CallOptions(cancellationToken: cancellation));
        await call.RequestStream.WriteAsync(Batch(producer, 1, entries), cancellation);
        await call.RequestStream.WriteAsync(Batch(producer, 3, entries), cancellation);
        Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.True);
        Assert.That(call.ResponseStream.Current.LastSequence, Is.EqualTo(1));
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.MoveNext(cancellation));
        Assert.That(RefusalStatus.Find(exception!)?.Reason, Is.EqualTo("SEQUENCE_GAP"));
    }

    private static RawPublishRequest Batch(OpenProducerResponse producer, ulong first, EntryBuffer entries) => new()
    {
        ProducerId = producer.ProducerId,
        ProducerEpoch = producer.ProducerEpoch,
        Topic = "words",
        FirstSequence = first,
        Entries = entries.Entries,
    };

    /// <summary>Sends every batch twice: the repeats must not be stored.</summary>
    private async Task PublishAsync(OpenProducerResponse producer, CancellationToken cancellation)
    {
        using var call = _server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            IngestMethods.Publish, null, new CallOptions(cancellationToken: cancellation));
        var random = new Random(1);
        using var entries = new EntryBuffer();
        for (ulong i = 0; i < BatchCount; i++)
        {
            entries.Clear();
            for (int n = 0; n < EventsInABatch; n++)
            {
                string word = $"word-{random.Next(50)}";
                _sent[word] = _sent.GetValueOrDefault(word) + 1;
                entries.Append(Encoding.UTF8.GetBytes(word), new byte[random.Next(300)]);
            }

            RawPublishRequest batch = Batch(producer, (i * EventsInABatch) + 1, entries);
            await call.RequestStream.WriteAsync(batch, cancellation);
            await call.RequestStream.WriteAsync(batch, cancellation);
        }

        await call.RequestStream.CompleteAsync();
        ulong last = 0;
        await foreach (PublishResponse ack in call.ResponseStream.ReadAllAsync(cancellation))
        {
            last = ack.LastSequence;
        }

        Assert.That(last, Is.EqualTo(BatchCount * EventsInABatch));
    }

    private async Task FetchAsync(CancellationToken cancellation)
    {
        using var call = _server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            WorkerMethods.Fetch, null, new CallOptions(cancellationToken: cancellation));
        await call.RequestStream.WriteAsync(
            new FetchRequest { Open = new FetchOpen { Worker = "w", SessionId = 1 } }, cancellation);
        TopicRoute topic = _loop.Routing.Topics["words"];
        for (uint i = 0; i < Partitions; i++)
        {
            _dispatcher.Grant(1, new TaskId(i), new Epoch(1), topic.Partitions[(int)i]);
            var subscribe = new Subscribe { TaskId = i, Epoch = 1, CreditBytes = 4096 };
            await call.RequestStream.WriteAsync(new FetchRequest { Subscribe = subscribe }, cancellation);
        }

        ulong[] next = new ulong[Partitions];
        for (int left = BatchCount * EventsInABatch; left > 0;)
        {
            Assert.That(await call.ResponseStream.MoveNext(cancellation), Is.True);
            var credit = new Credit();
            foreach (RawBlock block in call.ResponseStream.Current.Blocks)
            {
                Assert.That(block.FirstOffset, Is.EqualTo(next[block.TaskId]));
                next[block.TaskId] += block.EventCount;
                left -= (int)block.EventCount;
                Count(block.Entries.Span);
                credit.Tasks.Add(
                    new TaskCredit { TaskId = block.TaskId, Epoch = 1, Bytes = (uint)block.Entries.Length });
            }

            call.ResponseStream.Current.Release();
            await call.RequestStream.WriteAsync(new FetchRequest { Credit = credit }, cancellation);
        }
    }

    private void Count(ReadOnlySpan<byte> entries)
    {
        while (!entries.IsEmpty)
        {
            Assert.That(EntryScanner.TryRead(entries, out EventFields fields), Is.True);
            string word = Encoding.UTF8.GetString(entries.Slice(fields.KeyStart, fields.KeyLength));
            _counted[word] = _counted.GetValueOrDefault(word) + 1;
            entries = entries[fields.EntryLength..];
        }
    }

    private sealed class Nothing : ISnapshotKeeper, IControlSnapshots
    {
        public ulong OlderPosition => 0;

        public ulong NewestPosition => 0;

        public void Drop(TaskId task)
        {
        }

        public void Keep(TaskId task, IReadOnlyList<string> snapshotIds)
        {
        }

        public bool TryWrite(ControlSnapshot snapshot) => true;
    }
}
