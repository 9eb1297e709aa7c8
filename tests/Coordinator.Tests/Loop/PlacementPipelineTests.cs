using Google.Protobuf;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;
using Batches = Millrace.Coordinator.Tests.Ingest.Batches;

namespace Millrace.Coordinator.Tests.Loop;

/// <summary>Batches whose partitions are chosen when they are stored: from the message to the frame.</summary>
public sealed class PlacementPipelineTests : IOutbox, IBatchOutcome
{
    private static readonly Now _now = new(TimeSpan.FromSeconds(1), 1_735_689_600_000);

    private readonly BatchPool _pool = Batches.Pool();
    private readonly BatchScanner _scanner = new(new IngestLimits());
    private HeldJournal _journal = null!;
    private CommitPipeline _pipeline = null!;
    private Routing _routing = Routing.Empty;
    private ulong _epoch;
    private int _acks;

    [SetUp]
    public void Start()
    {
        _journal = new HeldJournal();
        var machine = new CoordinatorMachine(new CoordinatorState(), CoordinatorPolicy.Default);
        _pipeline = new CommitPipeline(machine, new FrameBuilder(_journal.Geometry), _journal, this);
        _pipeline.Handle(new StartCoordinator(1, "test"), _now);
        Create(1, "keys", new PartitioningSpec(PartitioningKind.Key, Directory: new DirectorySpec(50)));
        Create(2, "spread", new PartitioningSpec(PartitioningKind.Spread, Spread: new(SpreadPolicy.RoundRobin)));
        _pipeline.Handle(new OpenProducer(3, "producer-1", false), _now);
        Flush();
        _acks = 0;
    }

    [TearDown]
    public async Task End() => await _journal.DisposeAsync();

    [Test]
    public void TryOffer_OfNewKeys_StoresEventsAndTheirPlacesInOneFrame()
    {
        Assert.That(Offer("keys", 1, "a", "b", "a"), Is.True);
        FrameFacts frame = Flush().Facts;
        KeysPlaced placed = frame.Records.OfType<KeysPlaced>().Single();
        Assert.Multiple(() =>
        {
            Assert.That(placed.Keys, Is.EqualTo(new[] { "a"u8.ToArray(), [.. "b"u8] }));
            Assert.That(placed.Partitions, Is.Unique);
            Assert.That(
                frame.Blocks.Select(b => (b.Partition, b.Count)),
                Is.EquivalentTo(new[] { (placed.Partitions[0], 2U), (placed.Partitions[1], 1U) }));
            Assert.That(_acks, Is.EqualTo(1));
        });
    }

    [Test]
    public void TryOffer_OfARepeatOrAGap_PlacesNoKeys()
    {
        Offer("keys", 1, "a", "b");
        Flush();
        Offer("keys", 1, "x", "y");
        Offer("keys", 9, "z");
        Offer("keys", 2, "w", "a");
        FrameFacts frame = Flush().Facts;
        Assert.That(frame.Records, Is.Empty, "only events that are stored count, and this one's key is known");
        Assert.That(frame.Blocks.Sum(b => b.Count), Is.EqualTo(1));
    }

    /// <summary>As many new keys as a batch can bring, each as long as it may be: a frame takes them.</summary>
    [Test]
    public void TryOffer_OfTheLargestKeys_FitsAFrame()
    {
        string[] keys = [.. Enumerable.Range(0, 1_000).Select(i => $"{i:0000}" + new string('k', 1_020))];
        Assert.That(Offer("keys", 1, keys), Is.True);
        Flush();
        Assert.That(_acks, Is.EqualTo(1));
    }

    [Test]
    public void RecordBytes_OfAnyKeys_AreEnoughForTheirRecord()
    {
        foreach ((int count, int length) in new[] { (1, 1), (10_000, 1), (1_000, 1_000), (777, 3), (1, 1_024) })
        {
            var keys = new KeysPlaced(
                new TopicId(uint.MaxValue),
                [.. Enumerable.Repeat(new byte[length], count)],
                [.. Enumerable.Repeat(new PartitionId(65_536), count)],
                long.MaxValue);
            var bytes = new System.Buffers.ArrayBufferWriter<byte>();
            ControlRecordCodec.Encode(keys, bytes);
            Assert.That(bytes.WrittenCount, Is.LessThan(BatchPlacement.RecordBytes(count, count * length) - 1_000));
        }
    }

    [Test]
    public void TryOffer_OfSpreadBatches_GivesEachAWholePartition()
    {
        Offer("spread", 1, "", "a", "");
        Offer("spread", 4, "a");
        FrameFacts frame = Flush().Facts;
        Assert.That(frame.Blocks.Select(b => b.Count), Is.EqualTo(new[] { 3U, 1U }));
    }

    void IOutbox.Carry(Effect effect)
    {
        if (effect is PublishRouting publish)
        {
            _routing = publish.Routing;
        }
        else if (effect is Reply { Result: OpenedProducer opened })
        {
            _epoch = opened.Epoch;
        }
    }

    void IBatchOutcome.Acknowledged(OfferedBatch batch, ulong lastSequence, int repeats, ulong position) => _acks++;

    void IBatchOutcome.Refused(OfferedBatch batch, Refusal refusal) =>
        Assert.That(refusal.Reason, Is.EqualTo("SEQUENCE_GAP"));

    private void Create(long call, string name, PartitioningSpec spec) =>
        _pipeline.Handle(new CreateTopic(call, name, 4, 0, 0, null, false, spec), _now);

    private bool Offer(string topic, ulong first, params string[] keys)
    {
        PublishRequest request = Batches.Request([.. keys.Select(k => Batches.Event(k, 0))]);
        (request.Topic, request.FirstSequence, request.ProducerEpoch) = (topic, first, _epoch);
        OfferedBatch batch = Batches.Receive(_pool, request.ToByteArray());
        Assert.That(_scanner.Scan(batch, _routing, new BatchNames()), Is.Null);
        batch.Outcome = this;
        return _pipeline.TryOffer(batch, _now);
    }

    private SealedFrame Flush()
    {
        SealedFrame frame = _pipeline.TrySeal(_now)!;
        _journal.Write(frame, _ => { });
        _journal.Sync();
        _pipeline.Durable();
        return frame;
    }
}
