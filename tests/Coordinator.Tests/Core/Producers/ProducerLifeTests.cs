using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Producers;

public sealed class ProducerLifeTests
{
    private static readonly CoordinatorPolicy _quick = CoordinatorPolicy.Default with
    {
        ProducerExpiry = TimeSpan.FromSeconds(100),
    };

    private static TestCluster WithProducer(string id = "p")
    {
        TestCluster cluster = Started(_quick);
        cluster.Deploy(1);
        cluster.Publish(id, cluster.OpenProducer(id), 1, 5);
        cluster.Seal();
        return cluster;
    }

    private static string ReasonOf(object result) =>
        result is Refusal refusal ? refusal.Reason : result.GetType().Name;

    [Test]
    public void Epoch_OfAnOpenedProducer_IsAPositionWithinTheOpenFrame()
    {
        TestCluster cluster = Started();
        cluster.Seal();
        ulong[] epochs = [cluster.OpenProducer("a"), cluster.OpenProducer("b"), cluster.OpenProducer("a")];
        cluster.Seal();
        ulong next = cluster.OpenProducer("c");
        Assert.That(epochs, Is.EqualTo(new[] { 4096UL, 4097UL, 4098UL }));
        Assert.That(next, Is.EqualTo(8192));
    }

    [Test]
    public void Open_WithoutAnId_ChoosesOneThatCanBeReopened()
    {
        TestCluster cluster = Started();
        var opened = (OpenedProducer)cluster.Ask(c => new OpenProducer(c, "", false));
        Assert.That(opened.ProducerId, Is.EqualTo("auto-1"));
        Assert.That(cluster.OpenProducer("auto-1"), Is.GreaterThan(opened.Epoch));
        Assert.That(ReasonOf(cluster.Ask(c => new OpenProducer(c, "auto-9", false))), Is.EqualTo("BAD_FIELD"));
    }

    [TestCase("Bad Name")]
    [TestCase("..")]
    public void Open_WithABadId_IsRefused(string id) =>
        Assert.That(ReasonOf(Started().Ask(c => new OpenProducer(c, id, false))), Is.EqualTo("BAD_NAME"));

    [TestCase("p")]
    [TestCase("")]
    public void Producer_SilentForTooLong_ExpiresAndReopensOnlyWithAReset(string asked)
    {
        TestCluster cluster = Started(_quick);
        cluster.Deploy(1);
        var first = (OpenedProducer)cluster.Ask(c => new OpenProducer(c, asked, false));
        string id = first.ProducerId;
        cluster.Publish(id, first.Epoch, 1, 5);
        cluster.Seal();
        List<Effect> effects = cluster.Run(111);
        Assert.That(Records<ProducerExpired>(effects).Select(r => r.Number), Is.EqualTo(new[] { first.Number }));
        Assert.That(cluster.Publish(id, first.Epoch, 6).Refusal!.Reason, Is.EqualTo("PRODUCER_EXPIRED"));
        Assert.That(ReasonOf(cluster.Ask(c => new OpenProducer(c, id, false))), Is.EqualTo("PRODUCER_EXPIRED"));

        cluster.Seal();
        TestCluster again = cluster.Restart();
        Assert.That(ReasonOf(again.Ask(c => new OpenProducer(c, id, false))), Is.EqualTo("PRODUCER_EXPIRED"));
        var opened = (OpenedProducer)again.Ask(c => new OpenProducer(c, id, true));
        Assert.That(opened.Topics, Is.Empty);
        Assert.That(opened.Number, Is.Not.EqualTo(first.Number), "numbers are never used again");
        Assert.That(opened.Epoch, Is.GreaterThan(first.Epoch));
        Assert.That(again.Publish(id, opened.Epoch, 1).LastSequence, Is.EqualTo(1));
    }

    [Test]
    public void Producer_ThatStoresNowAndThen_NeverExpires()
    {
        TestCluster cluster = WithProducer();
        ulong epoch = cluster.OpenProducer("p");
        for (ulong s = 6; s < 12; s++)
        {
            cluster.Run(90);
            cluster.Publish("p", epoch, s);
            cluster.Seal();
        }

        Assert.That(Records<ProducerExpired>(cluster.Effects), Is.Empty);
    }

    [TestCase("task-1", false)]
    [TestCase("task-7", true)]
    public void Producer_OfATask_ExpiresOnlyWhenThereIsNoSuchTask(string id, bool expires)
    {
        TestCluster cluster = WithProducer(id);
        cluster.Run(300);
        Assert.That(Records<ProducerExpired>(cluster.Effects).Any(), Is.EqualTo(expires));
    }

    [Test]
    public void Producer_WithEventsInTheOpenFrame_DoesNotExpire()
    {
        TestCluster cluster = WithProducer();
        cluster.Publish("p", cluster.State.Producers.Find("p")!.Epoch, 6);
        cluster.Run(300);
        Assert.That(Records<ProducerExpired>(cluster.Effects), Is.Empty);
        cluster.Seal();
        Assert.That(Picture(cluster.Replayed()), Is.EqualTo(Picture(cluster.State)));
    }

    [Test]
    public void Reset_OfAProducerThatHasNotExpired_ChangesNothing()
    {
        TestCluster cluster = WithProducer();
        var opened = (OpenedProducer)cluster.Ask(c => new OpenProducer(c, "p", true));
        Assert.That(opened.Topics, Is.EqualTo(new[] { ("clicks", 5UL) }));
    }

    [Test]
    public void Producers_AtTheirBound_AreRefused()
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default with { MaxProducers = 2 });
        cluster.OpenProducer("a");
        cluster.OpenProducer("b");
        Assert.That(ReasonOf(cluster.Ask(c => new OpenProducer(c, "c", false))), Is.EqualTo("TOO_MANY_PRODUCERS"));
        Assert.That(cluster.OpenProducer("a"), Is.GreaterThan(0), "a known one may still be reopened");
    }

    [Test]
    public void ExpiredNames_AtTheirBound_StopExpiry()
    {
        TestCluster cluster = Started(_quick with { MaxExpiredProducers = 1 });
        cluster.OpenProducer("a");
        cluster.OpenProducer("b");
        Assert.That(Records<ProducerExpired>(cluster.Run(200)).Count(), Is.EqualTo(1));
    }
}
