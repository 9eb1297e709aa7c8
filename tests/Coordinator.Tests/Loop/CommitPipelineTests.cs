using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Loop;

public sealed class CommitPipelineTests
{
    private static readonly Now _now = new(TimeSpan.FromSeconds(1), 1_735_689_600_000);

    private HeldJournal _journal = null!;
    private Recorder _out = null!;
    private CommitPipeline _pipeline = null!;

    [SetUp]
    public void Start()
    {
        _journal = new HeldJournal();
        _out = new Recorder();
        var machine = new CoordinatorMachine(new CoordinatorState(), CoordinatorPolicy.Default);
        _pipeline = new CommitPipeline(machine, new FrameBuilder(_journal.Geometry), _journal, _out);
        _pipeline.Handle(new StartCoordinator(1, "test"), _now);
        _pipeline.Handle(new CreateTopic(1, "words", 7, 64, 0, null, false), _now);
        _pipeline.Handle(new OpenProducer(2, "p", false), _now);
        Flush();
        _out.Log.Clear();
    }

    [TearDown]
    public async Task End() => await _journal.DisposeAsync();

    [Test]
    public void TryOffer_FrameNotDurable_AcknowledgesOnlyOnceItIs()
    {
        Offer(first: 1, 1, 2, 3);
        Write();
        Assert.That(_out.Log, Is.Empty);

        Sync();

        Assert.That(_out.Log, Is.EqualTo(["ack 3 repeats 0"]));
    }

    [Test]
    public void TryOffer_RepeatOfABatchThatIsNotDurable_IsAcknowledgedOnlyWithIt()
    {
        Offer(first: 1, 1, 2, 3);
        Write();
        Offer(first: 1, 1, 2, 3);
        Assert.That(_out.Log, Is.Empty);

        Sync();

        Assert.That(_out.Log, Is.EqualTo(["ack 3 repeats 0", "ack 3 repeats 3"]));
    }

    [Test]
    public void TryOffer_RepeatOfADurableBatch_IsAcknowledgedAtOnce()
    {
        Offer(first: 1, 1, 2, 3);
        Flush();
        _out.Log.Clear();

        Offer(first: 1, 1, 2, 3);

        Assert.That(_out.Log, Is.EqualTo(["ack 3 repeats 3"]));
    }

    [Test]
    public void TryOffer_Overlap_StoresOnlyTheNewEvents()
    {
        Offer(first: 1, 1, 2, 3);
        Flush();
        Offer(first: 2, 2, 3, 4, 5);
        SealedFrame frame = Write();

        Assert.Multiple(() =>
        {
            Assert.That(frame.Facts.Ranges.Single().FirstSequence, Is.EqualTo(4));
            Assert.That(frame.Facts.Blocks.Sum(b => b.Count), Is.EqualTo(2));
        });
    }

    [Test]
    public void TryOffer_Gap_IsRefusedAfterTheAcksBeforeIt()
    {
        Offer(first: 1, 1, 2, 3);
        Offer(first: 9, 4);
        Flush();

        Assert.That(_out.Log, Is.EqualTo(["ack 3 repeats 0", "refused SEQUENCE_GAP"]));
    }

    [Test]
    public void TryOffer_NoSpace_RefusesAndChangesNothing()
    {
        _journal.HasSpace = false;
        Offer(first: 1, 1, 2, 3);
        _journal.HasSpace = true;
        Offer(first: 1, 1, 2, 3);
        Flush();

        Assert.That(_out.Log, Is.EqualTo(["refused JOURNAL_FULL", "ack 3 repeats 0"]));
    }

    [Test]
    public void TrySeal_WhileAFrameIsWritten_WaitsAndGathers()
    {
        Offer(first: 1, 1);
        Write();
        Offer(first: 2, 2);
        Offer(first: 3, 3);
        Assert.That(_pipeline.TrySeal(_now), Is.Null);

        Sync();

        Assert.That(Write().Facts.Ranges, Has.Count.EqualTo(2));
    }

    [Test]
    public void Handle_Heartbeat_IsAnsweredWhileTheDiskIsBusy()
    {
        var facts = new WorkerFacts("test", 0, ["count"], new Dictionary<string, string>());
        _pipeline.Handle(new WorkerHello("w", 5, 1, facts, []), _now);
        Write();
        _pipeline.Handle(new WorkerHeartbeat("w", 1, 9, new WorkerLoad(0, 0, 0, default, default, default)), _now);

        Assert.That(_out.Log, Is.EqualTo(["heartbeat 9"]));
    }

    private void Offer(ulong first, params int[] entries)
    {
        EntryBatch made = Journal.Batches.Of(entries);
        var offered = new OfferedBatch
        {
            ProducerId = "p",
            ProducerEpoch = _out.Opened!.Epoch,
            FirstSequence = first,
            StreamId = 1,
            Outcome = _out,
            Topic = _out.Routing.Topics["words"],
        };
        EntryBatch into = offered.Entries;
        into.Reserve(made.Count);
        (into.Buffer, into.Count, into.ByteCount) = (made.Buffer, made.Count, made.ByteCount);
        into.PartitionIds = offered.Topic.Partitions;
        (into.Starts, into.Lengths) = (made.Starts, made.Lengths);
        (into.Partitions, into.Hashes) = (made.Partitions, made.Hashes);
        Assert.That(_pipeline.TryOffer(offered, _now), Is.True);
    }

    private SealedFrame Write()
    {
        SealedFrame frame = _pipeline.TrySeal(_now)!;
        _journal.Write(frame, _ => { });
        return frame;
    }

    private void Sync()
    {
        _journal.Sync();
        _pipeline.Durable();
    }

    private void Flush()
    {
        Write();
        Sync();
    }

    private sealed class Recorder : IOutbox, IBatchOutcome
    {
        public List<string> Log { get; } = [];

        public Routing Routing { get; private set; } = Routing.Empty;

        public OpenedProducer? Opened { get; private set; }

        public void Carry(Effect effect)
        {
            switch (effect)
            {
                case PublishRouting publish:
                    Routing = publish.Routing;
                    break;
                case Reply { Result: OpenedProducer opened }:
                    Opened = opened;
                    break;
                case AnswerHeartbeat answer:
                    Log.Add($"heartbeat {answer.Sequence}");
                    break;
            }
        }

        public void Acknowledged(OfferedBatch batch, ulong lastSequence, int repeats, ulong position) =>
            Log.Add($"ack {lastSequence} repeats {repeats}");

        public void Refused(OfferedBatch batch, Refusal refusal) => Log.Add($"refused {refusal.Reason}");
    }
}
