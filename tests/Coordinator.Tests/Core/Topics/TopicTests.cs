using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics;

public sealed class TopicTests
{
    private static CreateTopic Create(long call, string name = "clicks", int partitions = 0, int groups = 0) =>
        new(call, name, partitions, groups, 0, null, false);

    [Test]
    public void Create_WithZeros_TakesTheDefaults()
    {
        TestCluster cluster = Started();
        List<Effect> effects = cluster.Do(Create(1));
        TopicCreated record = Records<TopicCreated>(effects).Single();
        Assert.Multiple(() =>
        {
            Assert.That(record.Partitions, Has.Count.EqualTo(16));
            Assert.That(record.KeyGroupCount, Is.EqualTo(4_096));
            Assert.That(record.RetentionMs, Is.EqualTo(7 * 24 * 3_600_000L));
            Assert.That(effects.OfType<Reply>().Single().Result, Is.EqualTo(new CreatedTopic("clicks")));
            Assert.That(effects.OfType<PublishRouting>().Single().Routing.Topics, Does.ContainKey("clicks"));
            Assert.That(Raised(effects), Is.EqualTo("TOPIC_CREATED"));
        });
    }

    [Test]
    public void Create_Two_NeverSharesNumbers()
    {
        TestCluster cluster = Started();
        cluster.Do(Create(1, "a", 2));
        cluster.Do(Create(2, "b", 3));
        Routing routing = cluster.State.Topics.Routing;
        Assert.That(routing.Topics["a"].Partitions.Concat(routing.Topics["b"].Partitions).Select(p => p.Value),
            Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));
        Assert.That(routing.Topics["b"].Topic, Is.EqualTo(new TopicId(2)));
    }

    [TestCase("clicks", 1, 1, "TOPIC_EXISTS")]
    [TestCase("Clicks", 1, 1, "BAD_NAME")]
    [TestCase("a", -1, 1, "BAD_FIELD")]
    [TestCase("a", 1_025, 4_096, "BAD_FIELD")]
    [TestCase("a", 8, 7, "BAD_FIELD")]
    [TestCase("a", 1, 131_073, "BAD_FIELD")]
    public void Create_ThatIsWrong_IsRefusedAndChangesNothing(string name, int partitions, int groups, string reason)
    {
        TestCluster cluster = Started();
        cluster.Do(Create(1));
        string before = Picture(cluster.State);
        var refusal = (Refusal)cluster.Ask(c => Create(c, name, partitions, groups));
        Assert.That(refusal.Reason, Is.EqualTo(reason));
        Assert.That(Picture(cluster.State), Is.EqualTo(before));
    }

    [Test]
    public void Create_WithNegativeRetention_IsRefused() =>
        Assert.That(
            ((Refusal)Started().Ask(c => Create(c) with { RetentionMs = -1 })).Metadata["field"],
            Is.EqualTo("topic.retention_duration"));

    [Test]
    public void Create_ValidateOnly_AnswersAndChangesNothing()
    {
        TestCluster cluster = Started();
        List<Effect> effects = cluster.Do(Create(1) with { ValidateOnly = true });
        Assert.That(effects.Single(), Is.EqualTo(new Reply(1, new CreatedTopic("clicks"))));
    }

    [TestCase(1, 100, "TOO_MANY_TOPICS")]
    [TestCase(9, 20, "TOO_MANY_PARTITIONS")]
    public void Create_AtTheBounds_IsRefused(int topics, int partitions, string reason)
    {
        CoordinatorPolicy policy = CoordinatorPolicy.Default with { MaxTopics = topics, MaxPartitions = partitions };
        TestCluster cluster = Started(policy);
        cluster.Do(Create(1));
        var refusal = (Refusal)cluster.Ask(c => Create(c, "other"));
        Assert.That((refusal.Kind, refusal.Reason), Is.EqualTo((RefusalKind.ResourceExhausted, reason)));
    }

    [Test]
    public void Seal_ManyFrames_NumbersBlocksAndSumsThemUp()
    {
        TestCluster cluster = Started();
        cluster.Deploy(2);
        ulong epoch = cluster.OpenProducer("p");
        cluster.Publish("p", epoch, 1, 3);
        ulong first = cluster.Seal();
        cluster.Publish("p", epoch, 4, 1);
        ulong second = cluster.Seal();
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Frames[^2].Blocks.Select(b => (b.Partition.Value, b.FirstOffset, b.Count)),
                Is.EqualTo(new[] { (1U, 0UL, 1U), (2U, 0UL, 2U) }));
            Assert.That(cluster.Frames[^1].Blocks.Select(b => (b.Partition.Value, b.FirstOffset, b.HashSumAfter)),
                Is.EqualTo(new[] { (1U, 1UL, unchecked(HashOf(1, 2) + HashOf(1, 4))) }));
            Assert.That(cluster.View.Topics.Single().Partitions.Select(p => (p.NextOffset, p.LastDataEnd)),
                Is.EqualTo(new[] { (2UL, second), (2UL, first) }));
            Assert.That(cluster.View.EventCount, Is.EqualTo(4));
        });
    }
}
