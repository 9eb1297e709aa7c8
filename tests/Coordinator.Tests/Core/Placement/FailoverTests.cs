using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement;

public sealed class FailoverTests
{
    [Test]
    public void Move_Always_MakesTheEpochDurableFirstThenStopsThenTells()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w2");
        cluster.Deploy(1);
        cluster.Seal();
        Epoch before = cluster.Task(1).Epoch;
        List<Effect> effects = cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        int record = effects.FindIndex(e => e is AppendRecord { Record: TaskAssigned });
        int stop = effects.FindIndex(e => e is StopDispatch);
        int tell = effects.FindIndex(e => e is Tell { Message: Assign });
        var assign = (Assign)((Tell)effects[tell]).Message;
        Assert.Multiple(() =>
        {
            Assert.That(record, Is.LessThan(stop));
            Assert.That(stop, Is.LessThan(tell));
            Assert.That(((StopDispatch)effects[stop]).BelowEpoch, Is.EqualTo(assign.Epoch));
            Assert.That(assign.Epoch, Is.GreaterThan(before));
            Assert.That(assign.Confirmed, Is.False);
        });
    }

    [Test]
    public void Orphan_WithACommit_IsGivenOutWithItsNewestCommit()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w2");
        cluster.Deploy(1);
        ulong epoch = cluster.OpenProducer("p");
        cluster.Publish("p", epoch, 1, 10);
        ulong end = cluster.Seal();
        RestorePoint point = cluster.PointAt(1, end);
        Assert.That(cluster.Commit(1, point).Accepted, Is.True);
        List<Effect> effects = cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        Assert.That(Told<Assign>(effects, "w2").Single().Restore, Is.EqualTo(point));
    }

    [Test]
    public void Epochs_OverAllTasks_AreNeverGivenTwice()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Deploy(5);
        for (ulong life = 2; life < 6; life++)
        {
            cluster.Hello("w1", life);
        }

        Epoch[] epochs = [.. Records<TaskAssigned>(cluster.Effects).Select(r => r.Epoch)];
        Assert.That(epochs, Has.Length.EqualTo(25));
        Assert.That(epochs, Is.Unique.And.Ordered);
    }

    [Test]
    public void Orphans_WithNobodyLeft_BecomeUnassignedAndArePlacedWhenAWorkerComes()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Deploy(2);
        List<Effect> effects = cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        Assert.That(cluster.Owners(), Is.EqualTo("-: 1 2"));
        Assert.That(Raised(effects), Is.EqualTo("WORKER_LEFT TASKS_WITHOUT_OWNER"));
        Assert.That(cluster.Run(10).OfType<AppendRecord>(), Is.Empty, "waiting is not written down again and again");

        effects = cluster.Hello("w2");
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1 2"));
        Assert.That(Raised(effects), Is.EqualTo("WORKER_JOINED TASKS_MOVED"));
        Assert.That(cluster.Task(1).PreviousWorker, Is.EqualTo("w1"));
    }

    [Test]
    public void Job_DeployedBeforeAnyWorker_WaitsForOne()
    {
        TestCluster cluster = Started();
        cluster.Deploy(3);
        Assert.That(cluster.Owners(), Is.EqualTo("-: 1 2 3"));
        cluster.Hello("w1");
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1 2 3"));
        Assert.That(cluster.Task(1).Reason, Is.EqualTo(AssignReason.Initial));
    }

    [Test]
    public void Worker_ThatCanNotRunTheOperator_GetsNothing()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1", operators: "other");
        cluster.Hello("w2");
        cluster.Deploy(4);
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1 2 3 4"));
    }

    [Test]
    public void Worker_WithALimit_GetsNoMore()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1", max: 1);
        cluster.Hello("w2", max: 2);
        cluster.Deploy(5);
        Assert.That(cluster.Owners(), Is.EqualTo("-: 4 5; w1: 1; w2: 2 3"));
        cluster.Hello("w3", max: 1);
        Assert.That(cluster.Owners(), Is.EqualTo("-: 5; w1: 1; w2: 2 3; w3: 4"));
    }

    [Test]
    public void Orphans_BesideABusyWorker_GoMostlyToTheIdleOne()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w2");
        cluster.Beat("w1", cpu: 0.9);
        cluster.Beat("w2", memory: 20);
        cluster.Deploy(8);
        Assert.That(cluster.Worker("w1").AssignmentCount, Is.EqualTo(2));
        Assert.That(cluster.Worker("w2").AssignmentCount, Is.EqualTo(6));
    }

    [Test]
    public void RestartedWorker_WithANewIncarnation_FencesItsFormerLifeAtOnce()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w2");
        cluster.Deploy(4);
        List<Effect> effects = cluster.Hello("w1", incarnation: 2);
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));
            Assert.That(Records<TaskAssigned>(effects).Select(r => (r.Task.Value, r.WorkerIncarnation, r.Reason)),
                Is.EqualTo(new[] { (1UL, 2UL, AssignReason.Restart), (3UL, 2UL, AssignReason.Restart) }));
            Assert.That(effects.OfType<EndSession>().Single().Session, Is.EqualTo(1));
            Assert.That(Raised(effects), Is.EqualTo("WORKER_RESTARTED WORKER_JOINED TASKS_MOVED"));
        });
    }

    [Test]
    public void Failover_OfManyTasks_IsSpreadOverTicks()
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default with { MovesPerTurn = 10 });
        cluster.Deploy(35);
        cluster.Hello("w1");
        Assert.That(cluster.State.Assignments.All.Count(t => t.Worker == "w1"), Is.EqualTo(10));
        cluster.Run(0.15, "w1");
        Assert.That(cluster.State.Assignments.All.Count(t => t.Worker == "w1"), Is.EqualTo(35));
    }

    [Test]
    public void Events_OfAFailoverToManyWorkers_NameTenOfThem()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Deploy(12);
        Enumerable.Range(10, 12).ToList().ForEach(i => cluster.Hello($"w{i}"));
        List<Effect> effects = cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        Assert.That(Records<EventRaised>(effects).Last().Message, Does.EndWith(", 1 to w19 and 2 more workers."));
    }

    [Test]
    public void Events_OfAFailover_AreOnePerWorkerNotPerTask()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w2");
        cluster.Hello("w3");
        cluster.Deploy(300);
        List<Effect> effects = cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        EventRaised moved = Records<EventRaised>(effects).Single(e => e.Reason == "TASKS_MOVED");
        Assert.That(moved.Subject, Is.EqualTo("workers/w1"));
        Assert.That(moved.Message, Is.EqualTo("100 tasks of worker w1 given out (DRAIN): 50 to w2, 50 to w3."));
    }
}
