using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Views;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement;

/// <summary>Rule 8: warm copies that wait for the owner's end.</summary>
public sealed class StandbyTests
{
    private static TestCluster With(int tasks, int standbys, params string[] workers)
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default);
        Array.ForEach(workers, w => cluster.Hello(w));
        cluster.Deploy(tasks, standbys: standbys);
        cluster.Run(6, workers);
        return cluster;
    }

    private static void FollowAll(TestCluster cluster)
    {
        foreach (AssignedTask task in cluster.State.Assignments.Copies.All.ToArray())
        {
            foreach (WarmCopy copy in task.Standbys)
            {
                ulong head = cluster.State.Partitions.Get(task.Partition).NextOffset;
                cluster.Report(task.Id.Value, copy, head, position: cluster.Open);
            }
        }
    }

    /// <summary>Runs until every task has its standbys.</summary>
    private static void Settle(TestCluster cluster, params string[] workers)
    {
        for (int i = 0; i < 30; i++)
        {
            FollowAll(cluster);
            cluster.Run(0.3, workers);
        }

        FollowAll(cluster);
    }

    private static string StandbysOf(TestCluster cluster) => string.Join(
        "; ",
        cluster.State.Assignments.All.Select(t =>
            $"{t.Id.Value}: {string.Join(' ', t.Standbys.Select(s => s.Owner.Worker).Order())}"));

    private static void Lose(TestCluster cluster, string worker) =>
        cluster.Do(new WorkerGoodbye(worker, cluster.SessionOf(worker), "bye"));

    [Test]
    public void Job_WithStandbys_GetsThemOnOtherWorkersAFewAtATime()
    {
        TestCluster cluster = With(6, 1, "w1", "w2", "w3");
        Assert.That(cluster.State.Assignments.Copies.All.Count, Is.LessThanOrEqualTo(6));
        Settle(cluster, "w1", "w2", "w3");
        Assert.Multiple(() =>
        {
            Assert.That(cluster.State.Assignments.All.Select(t => t.Standbys.Count()), Is.All.EqualTo(1));
            Assert.That(
                cluster.State.Assignments.All.Any(t => t.Standbys.Any(s => s.Owner.Worker == t.Worker)), Is.False);
            Assert.That(cluster.View.Workers.Select(w => w.StandbyCount), Is.All.EqualTo(2), "spread evenly");
            Assert.That(cluster.View.Jobs.Single().StandbysFollowing, Is.EqualTo(6));
        });
        Assert.That(cluster.Run(10, "w1", "w2", "w3").OfType<AppendRecord>(), Is.Empty, "nothing is left to do");
    }

    [Test]
    public void Owner_Lost_IsFollowedByItsStandbyWithoutARestore()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        ulong producer = cluster.OpenProducer("p");
        cluster.Publish("p", producer, 1, 10);
        ulong end = cluster.Seal();
        Assert.That(cluster.Commit(1, cluster.PointAt(1, end)).Accepted, Is.True);
        Settle(cluster, "w1", "w2");
        WarmCopy standby = cluster.Task(1).Standbys.Single();
        int from = cluster.Effects.Count;
        Lose(cluster, "w1");
        Assign grant = Told<Assign>(cluster.Effects[from..], "w2").Single();
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Owners(), Is.EqualTo("w2: 1"));
            Assert.That(cluster.Task(1).Epoch, Is.EqualTo(standby.Epoch));
            Assert.That((grant.Warm, grant.Confirmed, grant.Epoch), Is.EqualTo((false, true, standby.Epoch)));
            Assert.That(cluster.Task(1).Reason, Is.EqualTo(AssignReason.Drain));
        });
    }

    [Test]
    public void Standby_ThatLacksACommit_IsWaitedForAndThenPassedOver()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        ulong producer = cluster.OpenProducer("p");
        Settle(cluster, "w1", "w2");
        cluster.Publish("p", producer, 1, 10);
        ulong end = cluster.Seal();
        Assert.That(cluster.Commit(1, cluster.PointAt(1, end)).Accepted, Is.True);
        WarmCopy standby = cluster.Task(1).Standbys.Single();
        Lose(cluster, "w1");
        cluster.Run(0.2, "w2");
        Assert.That(cluster.Owners(), Is.EqualTo("w1: 1"), "it may be about to say that it has it");
        TestCluster late = cluster;
        cluster.Report(1, standby, 10);
        cluster.Run(0.1, "w2");
        Assert.That((late.Owners(), late.Task(1).Epoch), Is.EqualTo(("w2: 1", standby.Epoch)));

        cluster = With(1, 1, "w1", "w2");
        producer = cluster.OpenProducer("p");
        Settle(cluster, "w1", "w2");
        cluster.Publish("p", producer, 1, 10);
        end = cluster.Seal();
        cluster.Commit(1, cluster.PointAt(1, end));
        standby = cluster.Task(1).Standbys.Single();
        Lose(cluster, "w1");
        cluster.Run(1, "w2");
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1"));
        Assert.That(cluster.Task(1).Epoch, Is.GreaterThan(standby.Epoch), "from the commit");
    }

    [Test]
    public void Commit_OfAStandby_IsRefused()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        cluster.Publish("p", cluster.OpenProducer("p"), 1, 10);
        ulong end = cluster.Seal();
        Settle(cluster, "w1", "w2");
        CommitAnswer answer = cluster.Commit(
            1, cluster.PointAt(1, end), worker: "w2", epoch: cluster.Task(1).Standbys.Single().Epoch);
        Assert.That((answer.Accepted, answer.Reason), Is.EqualTo((false, "STALE_EPOCH")));
    }

    [Test]
    public void Standbys_Two_OutliveThePromotionOfTheFirst()
    {
        TestCluster cluster = With(1, 2, "w1", "w2", "w3", "w4");
        Settle(cluster, "w1", "w2", "w3", "w4");
        WarmCopy[] before = [.. cluster.Task(1).Standbys];
        Lose(cluster, "w1");
        Assert.That(cluster.Task(1).Epoch, Is.EqualTo(before[0].Epoch));
        Assert.That(cluster.Task(1).Standbys.Select(s => s.Epoch), Is.EqualTo(new[] { before[1].Epoch }));
        Settle(cluster, "w2", "w3", "w4");
        Assert.That(cluster.Task(1).Standbys.Count(), Is.EqualTo(2), "the lost one is replaced");
    }

    [Test]
    public void Worker_OfAStandby_Lost_IsReplaced()
    {
        TestCluster cluster = With(1, 1, "w1", "w2", "w3");
        Settle(cluster, "w1", "w2", "w3");
        string there = cluster.Task(1).Standbys.Single().Owner.Worker;
        Lose(cluster, there);
        string[] left = [.. new[] { "w1", "w2", "w3" }.Except([there])];
        Settle(cluster, left);
        Assert.That(cluster.Task(1).Standbys.Single().Owner.Worker, Is.EqualTo(left.Except(["w1"]).Single()));
    }

    [Test]
    public void Move_ToTheWorkerOfAStandby_TakesThatOver()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        Settle(cluster, "w1", "w2");
        WarmCopy standby = cluster.Task(1).Standbys.Single();
        var name = new TaskName("clicks-count", "count", 0);
        int from = cluster.Effects.Count;
        Assert.That(
            cluster.Ask(c => new MoveTask(c, name, "w2", null, false, "", null, false)), Is.InstanceOf<Changed>());
        Assign told = Told<Assign>(cluster.Effects[from..], "w2").Single();
        Assert.That(
            (told.Warm, told.Standby, told.Confirmed, told.Epoch), Is.EqualTo((true, false, true, standby.Epoch)));
        cluster.Report(1, cluster.Task(1).Transfer!, 0);
        cluster.Run(0.1, "w1", "w2");
        Assert.That((cluster.Owners(), cluster.Task(1).Epoch), Is.EqualTo(("w2: 1", standby.Epoch)));
        Assert.That(cluster.State.Operations.Find(1)?.State, Is.EqualTo(OperationState.Succeeded));
        Settle(cluster, "w1", "w2");
        Assert.That(StandbysOf(cluster), Is.EqualTo("1: w1"));
    }

    [Test]
    public void Coordinator_ThatDies_KnowsItsStandbysAgain()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        Settle(cluster, "w1", "w2");
        WarmCopy standby = cluster.Task(1).Standbys.Single();
        Epoch owned = cluster.Task(1).Epoch;
        cluster.Seal();
        cluster = cluster.Restart();
        cluster.Hello("w1", held: new HeldTask(new TaskId(1), owned, 0));
        Assign again = Told<Assign>(
            cluster.Hello("w2", held: new HeldTask(new TaskId(1), standby.Epoch, 0)), "w2").Single();
        Assert.That(
            (again.Warm, again.Standby, again.Confirmed, again.Epoch), Is.EqualTo((true, true, true, standby.Epoch)));
        cluster.Run(0.1, "w1", "w2");
        FollowAll(cluster);
        Lose(cluster, "w1");
        Assert.That((cluster.Owners(), cluster.Task(1).Epoch), Is.EqualTo(("w2: 1", standby.Epoch)));
    }

    [Test]
    public void Worker_ThatHasLostItsStandby_StartsAnewFromTheNewestCommit()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        Settle(cluster, "w1", "w2");
        Epoch before = cluster.Task(1).Standbys.Single().Epoch;
        cluster.Hello("w2");
        Assert.That(cluster.Task(1).Copies, Is.Empty, "what it began from is not kept any more");
        Settle(cluster, "w1", "w2");
        Assert.That(cluster.Task(1).Standbys.Single().Epoch, Is.GreaterThan(before));
    }

    [Test]
    public void Cordon_OfAStandbysWorker_EndsIt()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        Settle(cluster, "w1", "w2");
        cluster.Ask(c => new CordonWorker(c, "w2", "", null, false));
        cluster.Run(1, "w1", "w2");
        Assert.That(StandbysOf(cluster), Is.EqualTo("1: "));
    }

    [Test]
    public void Retention_BelowAStandby_KeepsWhatItHasYetToRead()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        ulong producer = cluster.OpenProducer("p");
        Settle(cluster, "w1", "w2");
        ulong end = 0;
        for (ulong i = 0; i < 3; i++)
        {
            cluster.Publish("p", producer, 1 + (i * 10), 10);
            end = cluster.Seal();
            Assert.That(cluster.Commit(1, cluster.PointAt(1, end), id: i + 1).Accepted, Is.True);
        }

        cluster.Pass(TimeSpan.FromDays(30));
        Assert.That(cluster.Machine.OldestNeeded(cluster.Now, end).PinnedBy, Does.StartWith("the standby of task 1"));
        cluster.Report(1, cluster.Task(1).Standbys.Single(), 30, position: end);
        Assert.That(cluster.Machine.OldestNeeded(cluster.Now, end).PinnedBy, Does.Not.Contain("standby"));
        Assert.That(cluster.Task(1).Snapshots, Has.Count.EqualTo(2), "what it began from is not kept for ever");
    }

    [Test]
    public void Standby_FarBehind_StartsAnewInsteadOfHoldingTheJournal()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        ulong producer = cluster.OpenProducer("p");
        Settle(cluster, "w1", "w2");
        for (ulong i = 0; i < 3; i++)
        {
            cluster.Publish("p", producer, 1 + (i * 10), 10);
            ulong end = cluster.Seal();
            Assert.That(cluster.Commit(1, cluster.PointAt(1, end), id: i + 1).Accepted, Is.True);
        }

        WarmCopy standby = cluster.Task(1).Standbys.Single();
        for (int i = 0; i < 45 && cluster.Task(1).Copies.Count > 0; i++)
        {
            cluster.Report(1, standby, 5);
            cluster.Run(0.25, "w1", "w2");
        }

        Assert.That(cluster.Task(1).Copies, Is.Empty);
    }

    [Test]
    public void Update_ToFewerStandbys_EndsTheRest()
    {
        TestCluster cluster = With(1, 2, "w1", "w2", "w3");
        Settle(cluster, "w1", "w2", "w3");
        var refused = (Refusal)cluster.Ask(c => new UpdateJob(c, "clicks-count", 9, null, false));
        Assert.That(refused.Reason, Is.EqualTo("BAD_FIELD"));
        Assert.That(
            ((Refusal)cluster.Ask(c => new UpdateJob(c, "none", 1, null, false))).Reason, Is.EqualTo("NO_SUCH_JOB"));
        cluster.Ask(c => new UpdateJob(c, "clicks-count", 1, null, true));
        Assert.That(cluster.State.Jobs.Find("clicks-count")!.Standbys, Is.EqualTo(2), "it was only asked");
        var request = new Request("r1", 1);
        Assert.That(
            cluster.Ask(c => new UpdateJob(c, "clicks-count", 0, request, false)), Is.TypeOf<DeployedJob>());
        Assert.That(
            cluster.Ask(c => new UpdateJob(c, "clicks-count", 0, request, false)), Is.TypeOf<DeployedJob>());
        cluster.Run(1, "w1", "w2", "w3");
        Assert.That(StandbysOf(cluster), Is.EqualTo("1: "));
        Assert.That(cluster.View.Jobs.Single(), Is.Not.Null.And.Property(nameof(JobView.Standbys)).Zero);
    }

    [Test]
    public void Split_OfAPartition_EndsTheStandbysOfItsTask()
    {
        TestCluster cluster = With(1, 1, "w1", "w2");
        Settle(cluster, "w1", "w2");
        cluster.Ask(c => new SplitPartition(c, "clicks", 0, 0, new MapChange(null, null, false)));
        cluster.Seal();
        Settle(cluster, "w1", "w2");
        Assert.That(cluster.State.Assignments.Find(new TaskId(1)), Is.Null);
        Assert.That(cluster.State.Assignments.All.Select(t => t.Standbys.Count()), Is.EqualTo(new[] { 1, 1 }));
    }
}
