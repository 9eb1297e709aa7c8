using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Membership;
using Millrace.Coordinator.Core.Operations;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Operations;

/// <summary>Rule 9: the target makes a copy first and takes over at one record.</summary>
public sealed class WarmMoveTests
{
    private static TestCluster With(int tasks, params string[] workers)
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default with { Lease = TimeSpan.FromSeconds(5) });
        Array.ForEach(workers, w => cluster.Hello(w));
        cluster.Deploy(tasks);
        cluster.Run(6, workers);
        return cluster;
    }

    private static List<Effect> Move(TestCluster cluster, int index, string worker)
    {
        int from = cluster.Effects.Count;
        var name = new TaskName("clicks-count", "count", index);
        object answer = cluster.Ask(c => new MoveTask(c, name, worker, null, false, "", null, false));
        Assert.That(answer, Is.InstanceOf<Changed>());
        return cluster.Effects[from..];
    }

    /// <summary>The copy says how far it has come.</summary>
    private static List<Effect> Report(
        TestCluster cluster, ulong task, ulong offset, TaskRunState state = TaskRunState.Warm) =>
        cluster.Report(task, cluster.Task(task).Transfer!, offset, state);

    [Test]
    public void Copy_ThatKeepsUp_TakesOverUnderTheEpochSetAside()
    {
        TestCluster cluster = With(2, "w1", "w2");
        Epoch before = cluster.Task(1).Epoch;
        List<Effect> started = Move(cluster, 0, "w2");
        Assign copy = Told<Assign>(started, "w2").Single();
        Assert.Multiple(() =>
        {
            Assert.That((copy.Warm, copy.Confirmed), Is.EqualTo((true, false)));
            Assert.That(cluster.Owners(), Is.EqualTo("w1: 1; w2: 2"), "the owner works on");
            Assert.That(cluster.Task(1).Epoch, Is.EqualTo(before));
            Assert.That(Told<Revoke>(started, "w1"), Is.Empty);
            Assert.That(started.OfType<StopDispatch>(), Is.Empty);
        });

        List<Effect> flipped = Report(cluster, 1, 0);
        Assign grant = Told<Assign>(flipped, "w2").Single();
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Owners(), Is.EqualTo("w2: 1 2"));
            Assert.That(cluster.Task(1).Epoch, Is.EqualTo(copy.Epoch));
            Assert.That((grant.Warm, grant.Confirmed, grant.Epoch), Is.EqualTo((false, true, copy.Epoch)));
            Assert.That(Told<Revoke>(flipped, "w1").Single().Epoch, Is.EqualTo(before));
            Assert.That(cluster.Task(1).Transfer, Is.Null);
        });
        cluster.Run(0.1, "w1", "w2");
        Assert.That(cluster.State.Operations.Find(1)?.State, Is.EqualTo(OperationState.Succeeded));
    }

    [Test]
    public void Copy_ThatLags_DoesNotTakeOverBeforeItKeepsUp()
    {
        TestCluster cluster = With(1, "w1", "w2");
        ulong epoch = cluster.OpenProducer("p");
        cluster.Publish("p", epoch, 1, 10);
        cluster.Seal();
        Move(cluster, 0, "w2");
        Report(cluster, 1, 0);
        cluster.Pass(1);
        cluster.Publish("p", epoch, 11, 10);
        cluster.Seal();
        Report(cluster, 1, 10);
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1"), "it took a second for what was there");
        cluster.Pass(0.1);
        Report(cluster, 1, 20, TaskRunState.Paused);
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1"), "its lease has ended");
        Report(cluster, 1, 20);
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1"));
    }

    [Test]
    public void Copy_BelowTheLastCommit_DoesNotTakeOver()
    {
        TestCluster cluster = With(1, "w1", "w2");
        ulong epoch = cluster.OpenProducer("p");
        cluster.Publish("p", epoch, 1, 10);
        ulong end = cluster.Seal();
        Move(cluster, 0, "w2");
        Assert.That(cluster.Commit(1, cluster.PointAt(1, end)).Accepted, Is.True, "the owner goes on committing");
        Report(cluster, 1, 9);
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1"));
        Report(cluster, 1, 10);
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1"));
    }

    [Test]
    public void Commit_OfACopy_IsRefused()
    {
        TestCluster cluster = With(1, "w1", "w2");
        cluster.Publish("p", cluster.OpenProducer("p"), 1, 10);
        ulong end = cluster.Seal();
        Move(cluster, 0, "w2");
        CommitAnswer answer = cluster.Commit(
            1, cluster.PointAt(1, end), worker: "w2", epoch: cluster.Task(1).Transfer!.Epoch);
        Assert.That((answer.Accepted, answer.Reason), Is.EqualTo((false, "STALE_EPOCH")));
    }

    [Test]
    public void Cancel_BeforeTheFlip_LeavesTheOldOwner()
    {
        TestCluster cluster = With(1, "w1", "w2");
        Move(cluster, 0, "w2");
        Epoch copy = cluster.Task(1).Transfer!.Epoch;
        int from = cluster.Effects.Count;
        cluster.Ask(c => new CancelOperation(c, 1, null));
        List<Effect> effects = cluster.Effects[from..];
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Owners(), Is.EqualTo("w1: 1"));
            Assert.That(effects.OfType<StopCopy>().Single(), Is.EqualTo(new StopCopy(new TaskId(1), copy)));
            Assert.That(Told<Fenced>(effects, "w2").Single().Epoch, Is.EqualTo(copy));
            Assert.That(cluster.State.Operations.Find(1)?.State, Is.EqualTo(OperationState.Cancelled));
            Assert.That(cluster.Task(1).Transfer, Is.Null);
        });
        cluster.Ask(c => new CordonWorker(c, "w1", "", null, false));
        Assert.That(cluster.Run(1, "w1", "w2").OfType<AppendRecord>(), Is.Empty);
    }

    [Test]
    public void Target_ThatDies_LeavesTheTaskWithItsOwner()
    {
        TestCluster cluster = With(1, "w1", "w2");
        Move(cluster, 0, "w2");
        cluster.Do(new WorkerGoodbye("w2", cluster.SessionOf("w2"), "bye"));
        cluster.Run(0.2, "w1");
        Operation operation = cluster.State.Operations.Find(1)!;
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Owners(), Is.EqualTo("w1: 1"));
            Assert.That((operation.State, operation.Reason), Is.EqualTo((OperationState.Failed, "TARGET_LOST")));
        });
    }

    [TestCase(true, Description = "The copy has everything.")]
    [TestCase(false, Description = "The copy is not restored yet.")]
    public void Owner_ThatDies_LeavesExactlyOneOwner(bool following)
    {
        TestCluster cluster = With(1, "w1", "w2");
        cluster.Publish("p", cluster.OpenProducer("p"), 1, 10);
        cluster.Seal();
        Move(cluster, 0, "w2");
        Epoch copy = cluster.Task(1).Transfer!.Epoch;
        Report(cluster, 1, 5, following ? TaskRunState.Warm : TaskRunState.Restoring);
        cluster.Do(new WorkerGoodbye("w1", cluster.SessionOf("w1"), "bye"));
        cluster.Run(0.2, "w2");
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Owners(), Is.EqualTo("w2: 1"));
            Assert.That(cluster.Task(1).Epoch == copy, Is.EqualTo(following));
            Assert.That(cluster.State.Operations.Find(1)?.IsRunning, Is.False);
        });
    }

    [Test]
    public void Coordinator_ThatDies_GoesOnWithTheMove()
    {
        TestCluster cluster = With(1, "w1", "w2");
        Move(cluster, 0, "w2");
        Epoch copy = cluster.Task(1).Transfer!.Epoch;
        Epoch owned = cluster.Task(1).Epoch;
        cluster.Seal();
        cluster = cluster.Restart();
        cluster.Hello("w1", held: new HeldTask(new TaskId(1), owned, 0));
        Assign again = Told<Assign>(cluster.Hello("w2", held: new HeldTask(new TaskId(1), copy, 0)), "w2").Single();
        Assert.That((again.Warm, again.Confirmed, again.Epoch), Is.EqualTo((true, true, copy)));
        Report(cluster, 1, 0);
        cluster.Run(0.1, "w1", "w2");
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1"));
        Assert.That(cluster.State.Operations.Find(1)?.State, Is.EqualTo(OperationState.Succeeded));
    }

    [Test]
    public void Drain_InterruptedByACrash_GoesOnAFewAtATime()
    {
        TestCluster cluster = With(8, "w1", "w2");
        cluster.Ask(c => new DrainWorker(c, "w1", 2, false, "", null, false));
        Assert.That(cluster.State.Assignments.Moving.Count(), Is.EqualTo(2));
        ulong first = cluster.State.Assignments.Moving.First().Id.Value;
        Report(cluster, first, 0);
        cluster.Seal();
        cluster = cluster.Restart();
        cluster.Hello("w1");
        cluster.Hello("w2");
        for (int i = 0; i < 20; i++)
        {
            foreach (ulong task in cluster.State.Assignments.Moving.Select(t => t.Id.Value).ToArray())
            {
                Report(cluster, task, 0);
            }

            Assert.That(cluster.State.Assignments.Moving.Count(), Is.LessThanOrEqualTo(2));
            cluster.Run(0.1, "w1", "w2");
        }

        Assert.Multiple(() =>
        {
            Assert.That(cluster.Worker("w1").AssignmentCount, Is.Zero);
            Assert.That(cluster.Worker("w1").Duty, Is.EqualTo(WorkerDuty.Drained));
            Assert.That(cluster.State.Operations.Find(1)?.StepsDone, Is.EqualTo(4));
        });
    }

    [Test]
    public void Drain_Cancelled_LeavesTheWorkerAsItWas()
    {
        TestCluster cluster = With(4, "w1", "w2");
        cluster.Ask(c => new DrainWorker(c, "w1", 1, false, "", null, false));
        Assert.That(
            ((Refusal)cluster.Ask(c => new UncordonWorker(c, "w1", null, false))).Reason,
            Is.EqualTo("OPERATION_CONFLICT"));
        cluster.Ask(c => new CancelOperation(c, 1, null));
        cluster.Run(1, "w1", "w2");
        Assert.That(cluster.Worker("w1").Duty, Is.EqualTo(WorkerDuty.Open));
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));
    }

    [Test]
    public void Newcomer_OnceSettled_GetsItsShareByWarmCopies()
    {
        TestCluster cluster = With(6, "w1");
        cluster.Hello("w2");
        cluster.Beat("w2");
        for (int i = 0; i < 40; i++)
        {
            cluster.Run(0.1, "w1", "w2");
            Assert.That(cluster.State.Assignments.Moving.Count(), Is.LessThanOrEqualTo(2));
            foreach (ulong task in cluster.State.Assignments.Moving.Select(t => t.Id.Value).ToArray())
            {
                Report(cluster, task, 0);
            }
        }

        Assert.That(cluster.View.Workers.Select(w => w.AssignmentCount), Is.EqualTo(new[] { 3, 3 }));
        Assert.That(cluster.Run(10, "w1", "w2").OfType<AppendRecord>(), Is.Empty);
    }
}
