using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.Coordinator.Tests.Ingest;

public sealed class BatchScannerTests
{
    private static readonly IngestLimits _limits = new(
        MaxBatchBytes: 4000, MaxBatchEvents: 20, MaxEventBytes: 300, MaxKeyBytes: 16);

    private static readonly Routing _routing = FakeCoordinator.RoutingOf(
        FakeCoordinator.Topic("words", 1, 4096, 16), FakeCoordinator.Topic("orders", 2, 97, 5));

    private readonly BatchPool _pool = Batches.Pool(_limits);
    private readonly BatchScanner _scanner = new(_limits);

    [Test]
    public void Scan_OfAnyGoodBatch_FindsWhatTheGeneratedParserFinds() =>
        Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            byte[] message = SomeEncoding(SomeBatch(random), random);
            PublishRequest expected = PublishRequest.Parser.ParseFrom(message);
            OfferedBatch batch = Batches.Receive(_pool, message);
            Refusal? refusal = _scanner.Scan(batch, _routing, new BatchNames());
            bool same = refusal is null && Same(batch, expected);
            _pool.Return(batch);
            return same;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Test]
    public void Scan_OfDamagedBytes_AcceptsOnlyWhatTheGeneratedParserReadsTheSameWay() =>
        Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            byte[] message = SomeBatch(random).ToByteArray();
            for (int i = random.Next(4); i >= 0; i--)
            {
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }

            OfferedBatch batch = Batches.Receive(_pool, message);
            Refusal? refusal = _scanner.Scan(batch, _routing, new BatchNames());
            bool fine = refusal is not null || Same(batch, PublishRequest.Parser.ParseFrom(message));
            _pool.Return(batch);
            return fine;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Test]
    public void Scan_WithTheSameNamesAgain_StillSeesAChangedTopicAndProducer()
    {
        var names = new BatchNames();
        PublishRequest first = Batches.Request(Batches.Event("a"));
        PublishRequest second = Batches.Request(Batches.Event("a"));
        second.Topic = "orders";
        second.ProducerId = "producer-2";
        foreach (PublishRequest request in new[] { first, second, first })
        {
            OfferedBatch batch = Batches.Receive(_pool, request.ToByteArray());
            Assert.That(_scanner.Scan(batch, _routing, names), Is.Null);
            Assert.That((batch.ProducerId, batch.Topic!.Name), Is.EqualTo((request.ProducerId, request.Topic)));
        }

        OfferedBatch late = Batches.Receive(_pool, first.ToByteArray());
        Assert.That(_scanner.Scan(late, Routing.Empty, names)?.Reason, Is.EqualTo("NO_SUCH_TOPIC"));
    }

    [TestCase("missing topic", "BAD_NAME", "topic")]
    [TestCase("bad topic", "BAD_NAME", "topic")]
    [TestCase("unknown topic", "NO_SUCH_TOPIC", "topic")]
    [TestCase("missing producer", "BAD_NAME", "producer_id")]
    [TestCase("bad producer", "BAD_NAME", "producer_id")]
    [TestCase("missing epoch", "BAD_FIELD", "producer_epoch")]
    [TestCase("zero sequence", "BAD_FIELD", "first_sequence")]
    [TestCase("negative sequence", "BAD_FIELD", "first_sequence")]
    [TestCase("no events", "EMPTY_BATCH", "events")]
    [TestCase("many events", "BATCH_TOO_LARGE", "events")]
    [TestCase("large batch", "BATCH_TOO_LARGE", null)]
    [TestCase("large event", "EVENT_TOO_LARGE", "events[1]")]
    [TestCase("no key", "KEY_REQUIRED", "events[1].key")]
    [TestCase("long key", "KEY_TOO_LARGE", "events[1].key")]
    public void Scan_OfABadBatch_NamesTheFault(string fault, string reason, string? field)
    {
        OfferedBatch batch = Batches.Receive(_pool, Bad(fault).ToByteArray());
        Refusal? refusal = _scanner.Scan(batch, _routing, new BatchNames());
        Assert.That(refusal?.Reason, Is.EqualTo(reason));
        Assert.That(refusal.Metadata.GetValueOrDefault("field"), Is.EqualTo(field));
        if (field is not null && field.StartsWith("events[", StringComparison.Ordinal))
        {
            Assert.That(refusal.Metadata["topic"], Is.EqualTo("words"));
            Assert.That(refusal.Metadata["sequence"], Is.EqualTo("2"));
        }
    }

    [TestCase("FF", "a cut tag")]
    [TestCase("0A FF", "a length beyond the end")]
    [TestCase("7A 02 0A 09", "an event whose key is cut")]
    [TestCase("FA 00 03 0A 01 61", "a tag of events that is longer than needed")]
    public void Scan_OfBytesThatAreNoMessage_SaysMalformed(string hex, string what)
    {
        PublishRequest good = Batches.Request();
        byte[] message = [.. good.ToByteArray(), .. Convert.FromHexString(hex.Replace(" ", ""))];
        OfferedBatch batch = Batches.Receive(_pool, message);
        Assert.That(
            _scanner.Scan(batch, _routing, new BatchNames())?.Reason, Is.EqualTo("MALFORMED_MESSAGE"), what);
    }

    [Test]
    public void Scan_OfEventsAtTheLimits_Accepts()
    {
        Event largest = Batches.Event("a", 300 - 3 - 3);
        Assert.That(largest.CalculateSize(), Is.EqualTo(_limits.MaxEventBytes));
        byte[] message = Batches.Request(largest, Batches.Event(new string('k', 16))).ToByteArray();
        Assert.That(_scanner.Scan(Batches.Receive(_pool, message), _routing, new BatchNames()), Is.Null);
    }

    [Test]
    public void Scan_OfABatchOf256Events_AllocatesNothing()
    {
        var limits = new IngestLimits();
        var pool = Batches.Pool(limits);
        var scanner = new BatchScanner(limits);
        var names = new BatchNames();
        byte[] message = Batches.Request(
            [.. Enumerable.Range(0, 256).Select(i => Batches.Event($"key-{i:d4}", 100))]).ToByteArray();
        OfferedBatch batch = Batches.Receive(pool, message);
        Assert.That(scanner.Scan(batch, _routing, names), Is.Null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            scanner.Scan(batch, _routing, names);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static bool Same(OfferedBatch batch, PublishRequest expected)
    {
        TopicRoute topic = _routing.Topics[expected.Topic];
        bool same = batch.ProducerId == expected.ProducerId
            && batch.ProducerEpoch == expected.ProducerEpoch
            && batch.FirstSequence == expected.FirstSequence
            && batch.Topic == topic
            && batch.Entries.PartitionIds == topic.Partitions
            && batch.Entries.Count == expected.Events.Count;
        int bytes = 0;
        for (int i = 0; same && i < expected.Events.Count; i++)
        {
            byte[] entry = batch.Entries.Entry(i).ToArray();
            Event message = expected.Events[i];
            UInt128 product = (UInt128)XxHash64.Hash(message.Key.Span) * (ulong)topic.KeyGroupCount;
            int partition = topic.PartitionOfGroup[(int)(ulong)(product >> 64)];
            bytes += entry.Length;
            same = PublishRequest.Parser.ParseFrom(entry).Events.Single().Equals(message)
                && batch.Entries.Partitions[i] == partition
                && batch.Entries.Hashes[i] == XxHash64.Hash(entry);
        }

        return same && batch.Entries.ByteCount == bytes;
    }

    private static PublishRequest SomeBatch(Random random)
    {
        PublishRequest request = Batches.Request();
        request.Topic = random.Next(2) == 0 ? "words" : "orders";
        request.ProducerEpoch = (ulong)random.NextInt64(1, long.MaxValue);
        request.FirstSequence = (ulong)random.NextInt64(1, long.MaxValue / 2);
        int count = random.Next(1, 12);
        for (int i = 0; i < count; i++)
        {
            Event message = Batches.Event(new string('x', random.Next(1, 16)), random.Next(0, 200));
            message.EventTimeMs = random.Next(2) == 0 ? 0 : random.NextInt64();
            if (random.Next(3) == 0)
            {
                message.Headers.Add(new Header { Name = "trace", Value = ByteString.CopyFromUtf8("1") });
            }

            request.Events.Add(message);
        }

        return request;
    }

    /// <summary>The same message with its own fields before, between or after the events, and with ones of the
    /// future.</summary>
    private static byte[] SomeEncoding(PublishRequest request, Random random)
    {
        var pieces = new List<byte[]>();
        pieces.Add(new PublishRequest { ProducerId = request.ProducerId }.ToByteArray());
        pieces.Add(new PublishRequest { ProducerEpoch = request.ProducerEpoch }.ToByteArray());
        pieces.Add(new PublishRequest { Topic = request.Topic }.ToByteArray());
        pieces.Add(new PublishRequest { FirstSequence = request.FirstSequence }.ToByteArray());
        pieces.Add([0x9A, 0x06, 0x01, 0xFF]);
        int at = 0;
        foreach (Event message in request.Events)
        {
            byte[] entry = new PublishRequest { Events = { message } }.ToByteArray();
            at = random.Next(at, pieces.Count + 1);
            pieces.Insert(at++, entry);
        }

        return [.. pieces.SelectMany(piece => piece)];
    }

    private static PublishRequest Bad(string fault)
    {
        Event good = Batches.Event("a");
        PublishRequest request = Batches.Request(good);
        switch (fault)
        {
            case "missing topic":
                request.Topic = "";
                break;
            case "bad topic":
                request.Topic = "Wörds";
                break;
            case "unknown topic":
                request.Topic = "numbers";
                break;
            case "missing producer":
                request.ProducerId = "";
                break;
            case "bad producer":
                request.ProducerId = "A/b";
                break;
            case "missing epoch":
                request.ProducerEpoch = 0;
                break;
            case "zero sequence":
                request.FirstSequence = 0;
                break;
            case "negative sequence":
                request.FirstSequence = unchecked((ulong)-5);
                break;
            case "no events":
                request.Events.Clear();
                break;
            case "many events":
                request.Events.AddRange(Enumerable.Repeat(good, 20));
                break;
            case "large batch":
                request.Events.AddRange(Enumerable.Repeat(Batches.Event("a", 290), 15));
                break;
            case "large event":
                request.Events.Add(Batches.Event("a", 295));
                break;
            case "no key":
                request.Events.Add(new Event());
                break;
            case "long key":
                request.Events.Add(Batches.Event(new string('k', 17)));
                break;
        }

        return request;
    }
}
