using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Membership;

public sealed class RegistrationTests
{
    private static string EndOf(List<Effect> effects) => effects.OfType<EndSession>().Single().Why.Reason;

    [Test]
    public void Hello_OfANewWorker_IsWelcomedFirst()
    {
        List<Effect> effects = Started().Hello("w1");
        Assert.That(Told<ToWorker>(effects, "w1").First(), Is.EqualTo(new Welcome(
            1, TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(2))));
        Assert.That(Raised(effects), Is.EqualTo("WORKER_JOINED"));
    }

    [TestCase("W1")]
    [TestCase("")]
    public void Hello_WithABadName_IsRefused(string name) =>
        Assert.That(EndOf(Started().Hello(name, session: 1)), Is.EqualTo("BAD_NAME"));

    [Test]
    public void Hello_WithTooManyOperators_IsRefused() =>
        Assert.That(
            EndOf(Started().Hello("w1", operators: string.Join(',', Enumerable.Range(0, 101)))),
            Is.EqualTo("BAD_FIELD"));

    [Test]
    public void Hello_OnAnOlderSessionThanTheKnownOne_IsRefused()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1", session: 5);
        List<Effect> effects = cluster.Hello("w1", session: 4);
        Assert.That(effects.OfType<EndSession>().Single().Session, Is.EqualTo(4));
        Assert.That(EndOf(effects), Is.EqualTo("STALE_SESSION"));
        Assert.That(cluster.SessionOf("w1"), Is.EqualTo(5));
    }

    [Test]
    public void Hello_OnANewerSession_EndsTheOlderOne()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1", session: 5);
        List<Effect> effects = cluster.Hello("w1", session: 6);
        Assert.That(effects.OfType<EndSession>().Single().Session, Is.EqualTo(5));
        Assert.That(effects.OfType<AppendRecord>(), Is.Empty, "the same life goes on");
    }

    [Test]
    public void Hello_WithTasksThatDoNotExist_FencesThem()
    {
        HeldTask held = new(new TaskId(99), new Epoch(0), 0);
        List<Effect> effects = Started().Hello("w1", held: held);
        Assert.That(Told<Fenced>(effects, "w1").Single(), Is.EqualTo(new Fenced(held.Task, held.Epoch, "STALE_EPOCH")));
    }

    [Test]
    public void Row59_Hello_WithAnEpochAboveTheJournals_IsAnIncidentAndNoEpochIsUsedAgain()
    {
        TestCluster cluster = Started();
        cluster.Deploy(1);
        List<Effect> effects = cluster.Hello("w1", held: new HeldTask(new TaskId(1), new Epoch(70), 4096));
        Assert.That(Raised(effects), Does.Contain("JOURNAL_ROLLED_BACK"));
        Assert.That(Told<Fenced>(effects, "w1").Single().Epoch, Is.EqualTo(new Epoch(70)));
        Assert.That(cluster.Task(1).Epoch, Is.EqualTo(new Epoch(71)));
        Assert.That(cluster.State.Incidents.All.Single().Subject, Is.EqualTo("workers/w1"));
        cluster.Seal();
        Assert.That(cluster.Replayed().Assignments.LastEpoch, Is.EqualTo(new Epoch(71)));
    }

    [Test]
    public void Row59_Hello_WithAStateAheadOfTheJournal_StartsTheTaskOver()
    {
        TestCluster before = Started();
        before.Hello("w1");
        before.Deploy(1);
        before.Seal();
        Epoch epoch = before.Task(1).Epoch;
        foreach ((ulong ahead, int incidents) in new[] { (0UL, 0), (1_000_000UL, 1) })
        {
            var after = new TestCluster(state: Copy(before.State));
            after.Do(new StartCoordinator(2, "test"));
            ulong position = after.Open + ahead;
            List<Effect> effects = after.Hello("w1", session: 2, held: new HeldTask(new TaskId(1), epoch, position));
            Assert.That(after.State.Incidents.All.Count(), Is.EqualTo(incidents));
            Assert.That(after.Task(1).Epoch, ahead > 0 ? Is.GreaterThan(epoch) : Is.EqualTo(epoch));
            Assert.That(Told<Fenced>(effects, "w1").DistinctBy(f => f.Epoch).Count(), Is.EqualTo(incidents));
        }
    }

    [Test]
    public void Row59_Hello_WithBlocksAheadOfTheJournalAndOldReports_StartsItsTasksAndCopiesOver()
    {
        TestCluster before = Started(CoordinatorPolicy.Default);
        before.Hello("w1");
        before.Hello("w2");
        before.Deploy(2, standbys: 1);
        before.Seal();
        before.Run(6, "w1", "w2");
        AssignedTask own = before.State.Assignments.All.Single(t => t.Worker == "w1");
        AssignedTask copied = before.State.Assignments.All.Single(t => t.Copies.Any(c => c.Owner.Worker == "w1"));

        var after = new TestCluster(state: Copy(before.State));
        after.Do(new StartCoordinator(2, "test"));
        List<Effect> effects = after.Hello("w1", session: 9, received: after.Open + 4096);
        Assert.That(after.State.Incidents.All.Single().Reason, Is.EqualTo("JOURNAL_ROLLED_BACK"));
        Assert.That(
            Told<Assign>(effects, "w1").DistinctBy(a => a.Epoch).Single(a => a.Task == own.Id).Epoch,
            Is.GreaterThan(own.Epoch));
        Assert.That(after.Task(copied.Id.Value).Epoch, Is.EqualTo(copied.Epoch), "its owner has not come yet");
        Assert.That(after.Task(copied.Id.Value).Copies, Is.Empty);
    }

    [Test]
    public void Row59_Hello_OfAWorkerThatWasHereBefore_MayHoldWhatCameSince()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Deploy(1);
        var held = new HeldTask(new TaskId(1), cluster.Task(1).Epoch, cluster.Open + 1_000_000);
        cluster.Hello("w1", held: held);
        Assert.That(cluster.State.Incidents.All, Is.Empty);
        Assert.That(cluster.Task(1).Epoch, Is.EqualTo(held.Epoch));
    }

    [Test]
    public void Hello_WithAnEpochThatNobodyCanHave_IsRefused() =>
        Assert.That(
            EndOf(Started().Hello("w1", held: new HeldTask(new TaskId(1), new Epoch(ulong.MaxValue), 0))),
            Is.EqualTo("BAD_FIELD"));

    [Test]
    public void Workers_AtTheirBound_AreRefusedUnlessOneIsGone()
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default with { MaxWorkers = 2 });
        cluster.Hello("w1");
        cluster.Hello("w2");
        Assert.That(EndOf(cluster.Hello("w3")), Is.EqualTo("TOO_MANY_WORKERS"));
        cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        cluster.Hello("w3");
        Assert.That(cluster.View.Workers.Select(w => w.Name), Is.EqualTo(new[] { "w2", "w3" }));
    }

    [Test]
    public void Goodbye_OnAnOlderSession_ChangesNothing()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w1");
        Assert.That(cluster.Do(new WorkerGoodbye("w1", 1, "x")), Is.Empty);
    }
}
