using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Recovery;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Recovery;

public sealed class RestartTests
{
    private static TestCluster TwoWorkers()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w2");
        cluster.Deploy(4);
        cluster.Seal();
        return cluster;
    }

    private static HeldTask[] Held(TestCluster cluster, params ulong[] tasks) =>
        [.. tasks.Select(t => new HeldTask(new TaskId(t), cluster.Task(t).Epoch, 0))];

    [Test]
    public void Start_OfANewCluster_NamesItAndSaysSo()
    {
        var cluster = new TestCluster();
        List<Effect> effects = cluster.Do(new StartCoordinator(7, "mill"));
        Assert.Multiple(() =>
        {
            Assert.That(effects.OfType<AppendRecord>().Select(a => a.Record.GetType().Name),
                Is.EqualTo(new[] { "ClusterCreated", "CoordinatorStarted", "EventRaised" }));
            Assert.That(effects[^1], Is.TypeOf<PublishRouting>());
            Assert.That(cluster.View.Name, Is.EqualTo("mill"));
            Assert.That(cluster.View.Incarnation, Is.EqualTo(7));
        });
    }

    [Test]
    public void Start_OfAKnownCluster_KeepsItsNameAndRaisesTheIncarnation()
    {
        TestCluster cluster = TwoWorkers().Restart();
        Assert.That(cluster.View.Name, Is.EqualTo("test"));
        Assert.That(cluster.View.Incarnation, Is.EqualTo(2));
    }

    [Test]
    public void Start_WithAnIncarnationThatIsNotHigher_IsRefused() =>
        Assert.That(() => TwoWorkers().Do(new StartCoordinator(1, "x")), Throws.TypeOf<StateException>());

    [Test]
    public void Restart_WithoutAnyReport_KeepsOwnersForOneLeaseOnly()
    {
        TestCluster cluster = TwoWorkers().Restart();
        Assert.That(cluster.View.Workers.Select(w => (w.Name, w.State, w.StateReason)), Is.EqualTo(new[]
        {
            ("w1", WorkerState.Suspect, "COORDINATOR_RESTARTED"), ("w2", WorkerState.Suspect, "COORDINATOR_RESTARTED"),
        }));

        Assert.That(cluster.Run(4.9).OfType<AppendRecord>(), Is.Empty);
        cluster.Run(0.1);
        Assert.That(cluster.Owners(), Is.EqualTo("-: 1 2 3 4"));
    }

    [Test]
    public void Restart_WorkersReportInTime_KeepEverything()
    {
        TestCluster cluster = TwoWorkers().Restart();
        List<Effect> effects = cluster.Hello("w1", session: 51, held: Held(cluster, 1, 3));
        effects.AddRange(cluster.Hello("w2", session: 52, held: Held(cluster, 2, 4)));
        effects.AddRange(cluster.Run(20, "w1", "w2"));
        Assert.Multiple(() =>
        {
            Assert.That(effects.OfType<AppendRecord>(), Is.Empty);
            Assert.That(Told<Assign>(effects, "w1").Concat(Told<Assign>(effects, "w2")).Select(a => a.Confirmed),
                Is.EqualTo(new[] { true, true, true, true }));
            Assert.That(Told<Welcome>(effects, "w1").Single().Incarnation, Is.EqualTo(2));
        });
    }

    [Test]
    public void Restart_OneWorkerIsGone_OnlyItsTasksMoveAfterTheLease()
    {
        TestCluster cluster = TwoWorkers().Restart();
        cluster.Hello("w1", held: Held(cluster, 1, 3));
        cluster.Run(6, "w1");
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1 2 3 4"));
        Assert.That(cluster.Worker("w2").StateReason, Is.EqualTo("LEASE_EXPIRED"));
    }

    [Test]
    public void Restart_AWorkerThatHoldsNothing_IsGivenItsTasksAgainUnderTheSameEpoch()
    {
        TestCluster cluster = TwoWorkers().Restart();
        Epoch epoch = cluster.Task(3).Epoch;
        List<Effect> effects = cluster.Hello("w1", held: Held(cluster, 1));
        Assert.That(Told<Assign>(effects, "w1").Select(a => (a.Task.Value, a.Confirmed)),
            Is.EqualTo(new[] { (1UL, true), (3UL, false) }));
        Assert.That(Told<Assign>(effects, "w1").Last().Epoch, Is.EqualTo(epoch));
    }

    [Test]
    public void Restart_AnotherLifeOfAWorker_GetsNothingConfirmed()
    {
        TestCluster cluster = TwoWorkers().Restart();
        cluster.Hello("w2", held: Held(cluster, 2, 4));
        List<Effect> effects = cluster.Hello("w1", incarnation: 9, held: Held(cluster, 1));
        Assert.Multiple(() =>
        {
            Assert.That(Told<Fenced>(effects, "w1").Single().Task.Value, Is.EqualTo(1));
            Assert.That(Told<Assign>(effects, "w1").Select(a => a.Confirmed), Is.All.False);
            Assert.That(cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));
        });
    }

    [Test]
    public void Restart_ANewWorkerJoinsWithinTheLease_IsGivenASharePastIt()
    {
        TestCluster cluster = TwoWorkers().Restart();
        cluster.Hello("w1", held: Held(cluster, 1, 3));
        cluster.Hello("w2", held: Held(cluster, 2, 4));
        cluster.Hello("w3");
        Assert.That(cluster.Run(4.9, "w1", "w2", "w3").OfType<AppendRecord>(), Is.Empty);
        cluster.Run(0.2, "w1", "w2", "w3");
        Assert.That(cluster.Worker("w3").AssignmentCount, Is.EqualTo(1));
    }

    [Test]
    public void Restart_BeforeAFrameWasWritten_ForgetsItsDecisions()
    {
        TestCluster cluster = TwoWorkers();
        Epoch last = cluster.State.Assignments.LastEpoch;
        cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        TestCluster again = cluster.Restart();
        Assert.That(again.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));
        Assert.That(again.State.Assignments.LastEpoch, Is.EqualTo(last));
    }

    [Test]
    public void Restart_Always_PublishesRoutingAndSaysWhichSnapshotsToKeep()
    {
        TestCluster cluster = TwoWorkers();
        ulong epoch = cluster.OpenProducer("p");
        cluster.Publish("p", epoch, 1, 4);
        RestorePoint point = cluster.PointAt(1, cluster.Seal());
        cluster.Commit(1, point);
        cluster.Seal();
        TestCluster again = cluster.Restart();
        Assert.That(
            again.Effects.OfType<PublishRouting>().Single().Routing.Topics.Keys,
            Is.EqualTo(new[] { "clicks" }));
        Assert.That(again.Effects.OfType<KeepSnapshots>().Select(k => (k.Task.Value, string.Join(' ', k.SnapshotIds))),
            Is.EqualTo(new[] { (1UL, point.SnapshotId), (2UL, ""), (3UL, ""), (4UL, "") }));
    }

    [Test]
    public void Replay_FramesBelowTheSnapshot_AreSkipped()
    {
        TestCluster cluster = TwoWorkers();
        CoordinatorState state = Copy(cluster.State);
        cluster.Frames.ForEach(state.Apply);
        Assert.That(Picture(state), Is.EqualTo(Picture(cluster.State)));
    }

    [Test]
    public void Replay_OfABlockThatDoesNotFollow_IsRefused()
    {
        TestCluster cluster = TwoWorkers();
        var frame = new FrameFacts(
            cluster.Open, cluster.Open + 4096, 1, 0, [], [], [new PartitionBlock(new PartitionId(1), 5, 1, 0, 0, 0)]);
        Assert.That(() => cluster.State.Apply(frame), Throws.TypeOf<StateException>());
    }

    [Test]
    public void Replay_OfARangeThatDoesNotFollow_IsRefused()
    {
        TestCluster cluster = TwoWorkers();
        cluster.OpenProducer("p");
        var frame = new FrameFacts(
            cluster.Open, cluster.Open + 4096, 1, 0, [], [new ProducerRange(1, new TopicId(1), 2, 1)], []);
        Assert.That(() => cluster.State.Apply(frame), Throws.TypeOf<StateException>());
    }
}
