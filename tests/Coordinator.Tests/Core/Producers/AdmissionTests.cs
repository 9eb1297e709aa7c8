using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Producers;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Producers;

[NonParallelizable]
public sealed class AdmissionTests
{
    private TestCluster _cluster = null!;
    private ulong _epoch;

    [SetUp]
    public void OneProducer()
    {
        _cluster = Started();
        _cluster.Deploy(2);
        _epoch = _cluster.OpenProducer("p");
    }

    [TearDown]
    public void NoMutant() => Mutants.Activate(Mutant.None);

    private void AssertRefused(PublishVerdict verdict, string reason)
    {
        Assert.That(verdict.Outcome, Is.EqualTo(PublishOutcome.Refuse));
        Assert.That(verdict.Refusal!.Reason, Is.EqualTo(reason));
    }

    [Test]
    public void Batch_ThatFollows_IsStoredWhole()
    {
        _cluster.Publish("p", _epoch, 1, 5);
        PublishVerdict verdict = _cluster.Publish("p", _epoch, 6, 3);
        Assert.That(verdict, Is.EqualTo(new PublishVerdict(
            PublishOutcome.Store, 0, 8, new ProducerRange(1, new TopicId(1), 6, 3), null)));
    }

    [Test]
    public void Batch_Repeated_IsAcknowledgedCumulativelyAndNotStored()
    {
        _cluster.Publish("p", _epoch, 1, 5);
        PublishVerdict verdict = _cluster.Publish("p", _epoch, 2, 2);
        Assert.That((verdict.Outcome, verdict.LastSequence), Is.EqualTo((PublishOutcome.Repeat, 5UL)));
    }

    [Test]
    public void Batch_Overlapping_IsTrimmed()
    {
        _cluster.Publish("p", _epoch, 1, 5);
        PublishVerdict verdict = _cluster.Publish("p", _epoch, 4, 5);
        Assert.That(verdict, Is.EqualTo(new PublishVerdict(
            PublishOutcome.Store, 2, 8, new ProducerRange(1, new TopicId(1), 6, 3), null)));
    }

    [Test]
    public void Batch_WithAGap_IsRefusedNamingTheExpectedSequenceAndNothingLaterOnTheStreamIsTaken()
    {
        _cluster.Publish("p", _epoch, 1, 5, stream: 7);
        PublishVerdict verdict = _cluster.Publish("p", _epoch, 7, 1, stream: 7);
        AssertRefused(verdict, "SEQUENCE_GAP");
        Assert.That(verdict.Refusal!.Metadata["expectedSequence"], Is.EqualTo("6"));
        AssertRefused(_cluster.Publish("p", _epoch, 6, 1, stream: 7), "PRODUCER_FENCED");
        Assert.That(_cluster.Publish("p", _epoch, 6, 1, stream: 8).Outcome, Is.EqualTo(PublishOutcome.Store));
    }

    [Test]
    public void Batch_OnAnOlderStream_IsRefused()
    {
        _cluster.Publish("p", _epoch, 1, 1, stream: 3);
        _cluster.Publish("p", _epoch, 2, 1, stream: 4);
        AssertRefused(_cluster.Publish("p", _epoch, 3, 1, stream: 3), "PRODUCER_FENCED");
        Assert.That(_cluster.Publish("p", _epoch, 3, 1, stream: 4).Outcome, Is.EqualTo(PublishOutcome.Store));
    }

    [Test]
    public void Batch_AsAPlainCall_NeitherFencesNorIsFenced()
    {
        _cluster.Publish("p", _epoch, 1, 1, stream: 3);
        Assert.That(_cluster.Publish("p", _epoch, 2, 1, stream: 0).Outcome, Is.EqualTo(PublishOutcome.Store));
        Assert.That(_cluster.Publish("p", _epoch, 3, 1, stream: 3).Outcome, Is.EqualTo(PublishOutcome.Store));
    }

    [Test]
    public void Batch_OfAnOlderEpoch_IsFenced()
    {
        ulong next = _cluster.OpenProducer("p");
        Assert.That(next, Is.GreaterThan(_epoch));
        AssertRefused(_cluster.Publish("p", _epoch, 1), "PRODUCER_FENCED");
        Assert.That(_cluster.Publish("p", next, 1).Outcome, Is.EqualTo(PublishOutcome.Store));
    }

    [Test]
    public void Batch_OfAnEpochNeverGiven_IsRefused() =>
        AssertRefused(_cluster.Publish("p", _epoch + 1, 1), "UNKNOWN_PRODUCER");

    [Test]
    public void Batch_OfAProducerNeverOpened_IsRefused() =>
        AssertRefused(_cluster.Publish("q", 1, 1), "UNKNOWN_PRODUCER");

    [TestCase(0UL, 1, "BAD_FIELD")]
    [TestCase(1UL, 0, "EMPTY_BATCH")]
    [TestCase(ulong.MaxValue, 2, "BAD_FIELD")]
    [TestCase(ulong.MaxValue - 1, 1, "SEQUENCE_GAP")]
    public void Batch_WithImpossibleNumbers_IsRefused(ulong first, int count, string reason) =>
        AssertRefused(_cluster.Publish("p", _epoch, first, count), reason);

    [Test]
    public void Batch_OfATopicThatDoesNotExist_IsRefused() =>
        AssertRefused(_cluster.Machine.Admit("p", _epoch, new TopicId(9), 1, 1, 1), "NO_SUCH_TOPIC");

    [Test]
    public void Sequences_AcrossEpochsAndARestart_Continue()
    {
        _cluster.Publish("p", _epoch, 1, 5);
        _cluster.Seal();
        TestCluster again = _cluster.Restart();
        var opened = (OpenedProducer)again.Ask(c => new OpenProducer(c, "p", false));
        Assert.That(opened.Topics, Is.EqualTo(new[] { ("clicks", 5UL) }));
        Assert.That(opened.Number, Is.EqualTo(1));
        Assert.That(again.Publish("p", opened.Epoch, 4, 3).Range.FirstSequence, Is.EqualTo(6));
    }

    [Test]
    public void Sequences_OfTwoTopics_AreIndependent()
    {
        _cluster.Deploy(1, "views");
        _cluster.Publish("p", _epoch, 1, 5);
        Assert.That(_cluster.Publish("p", _epoch, 1, 2, topic: "views").LastSequence, Is.EqualTo(2));
    }

    [Test]
    public void PairsOfProducerAndTopic_AtTheirBound_AreRefused()
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default with { MaxProducerTopics = 1 });
        cluster.Deploy(1);
        cluster.Publish("p", cluster.OpenProducer("p"), 1);
        PublishVerdict verdict = cluster.Publish("q", cluster.OpenProducer("q"), 1);
        AssertRefused(verdict, "TOO_MANY_PRODUCERS");
        Assert.That(verdict.Refusal!.Kind, Is.EqualTo(RefusalKind.ResourceExhausted));
    }

    [Test]
    public void Admit_AndSeal_AllocateNothing()
    {
        TopicId topic = new(1);
        var blocks = new PartitionBlock[2];
        ulong sequence = 1;
        ulong end = _cluster.Seal();
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            Step();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000), "not even one byte each");

        void Step()
        {
            PublishVerdict stored = _cluster.Machine.Admit("p", _epoch, topic, sequence, 2, 1);
            PublishVerdict repeat = _cluster.Machine.Admit("p", _epoch, topic, sequence, 2, 1);
            blocks[0] = new PartitionBlock(new PartitionId(1), 0, 1, sequence, 0, 0);
            blocks[1] = new PartitionBlock(new PartitionId(2), 0, 1, sequence, 0, 0);
            end += 4096;
            _cluster.Machine.SealBlocks(blocks, end, _cluster.UnixMs);
            sequence += 2;
            if (stored.Outcome != PublishOutcome.Store || repeat.Outcome != PublishOutcome.Repeat)
            {
                throw new AssertionException("not as expected");
            }
        }
    }

    [Test]
    public void PlantedBug_IdentityIncludesEpoch_StoresARepeatAgain()
    {
        _cluster.Publish("p", _epoch, 1, 5);
        ulong next = _cluster.OpenProducer("p");
        Mutants.Activate(Mutant.IdentityIncludesEpoch);
        Assert.That(_cluster.Publish("p", next, 4, 2).Outcome, Is.EqualTo(PublishOutcome.Store));
        Assert.That(_cluster.Publish("p", next, 4, 2).Outcome, Is.EqualTo(PublishOutcome.Repeat));
    }
}
