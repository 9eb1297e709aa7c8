using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Views;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Views;

public sealed class ViewTests
{
    private static TestCluster Running()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1");
        cluster.Hello("w2", max: 2);
        cluster.Deploy(4);
        return cluster;
    }

    private static void Report(
        TestCluster cluster,
        string worker,
        ulong task,
        ulong offset,
        TaskRunState state,
        Epoch? epoch = null) =>
        cluster.Do(new TaskProgressed(worker, 1, [new TaskProgress(
            new TaskId(task), epoch ?? cluster.Task(task).Epoch, state, 0, offset, 77, 1_500)]));

    [Test]
    public void Assignment_WithProgress_ShowsLagAndState()
    {
        TestCluster cluster = Running();
        cluster.Publish("p", cluster.OpenProducer("p"), 1, 40);
        ulong end = cluster.Seal();
        cluster.Commit(1, cluster.PointAt(1, end));
        Report(cluster, "w1", 3, 7, TaskRunState.Running);
        Report(cluster, "w2", 2, 4, TaskRunState.Paused);
        AssignmentView[] views = [.. cluster.View.Assignments];
        Assert.Multiple(() =>
        {
            Assert.That(views.Select(a => a.State), Is.EqualTo(new[]
            {
                AssignmentState.Restoring, AssignmentState.Paused, AssignmentState.Running, AssignmentState.Restoring,
            }));
            Assert.That(views.Select(a => a.LagEvents), Is.EqualTo(new[] { 0, 6, 3, 10 }));
            Assert.That(views.Select(a => a.CommittedOffset), Is.EqualTo(new[] { 10, 0, 0, 0 }));
            Assert.That(views[2], Has.Property("StateBytes").EqualTo(77).And.Property("FirstEventUs").EqualTo(1_500));
            Assert.That(cluster.View.Jobs.Single(), Has.Property("LagEvents").EqualTo(19)
                .And.Property("UncommittedEvents").EqualTo(30).And.Property("State").EqualTo(JobState.Running));
        });
    }

    [Test]
    public void Progress_OfAnotherEpochOrWorker_IsIgnored()
    {
        TestCluster cluster = Running();
        Report(cluster, "w1", 1, 0, TaskRunState.Running, new Epoch(99));
        Report(cluster, "w2", 1, 0, TaskRunState.Running);
        Assert.That(cluster.View.Assignments[0].State, Is.EqualTo(AssignmentState.Restoring));
    }

    [Test]
    public void Worker_WithLoad_ShowsItsShareLeaseAndAge()
    {
        TestCluster cluster = Running();
        cluster.Beat("w1", cpu: 0.5);
        cluster.Beat("w2", memory: 0);
        cluster.Pass(0.2);
        WorkerView view = cluster.Worker("w1");
        Assert.Multiple(() =>
        {
            Assert.That(view.Weight, Is.EqualTo(1 / 3.0).Within(1e-9));
            Assert.That(view.HeartbeatAge, Is.EqualTo(TimeSpan.FromSeconds(0.2)));
            Assert.That(view.LeaseRemaining, Is.EqualTo(TimeSpan.FromSeconds(4.8)));
            Assert.That(view.AssignmentCount, Is.EqualTo(2));
        });
    }

    [Test]
    public void Job_WithATaskThatNobodyOwns_IsPending()
    {
        TestCluster cluster = Started();
        cluster.Hello("w1", max: 1);
        cluster.Deploy(3);
        JobView job = cluster.View.Jobs.Single();
        Assert.That((job.State, job.StateReason, job.UnassignedCount),
            Is.EqualTo((JobState.Pending, "TASKS_WITHOUT_OWNER", 2)));
    }

    [Test]
    public void SafeToRemove_WithRoomOnTheOthers_IsTrue()
    {
        TestCluster cluster = Running();
        cluster.Hello("w3");
        Assert.That(cluster.View.UnsafeReasons, Is.Empty);
        Assert.That(cluster.View.SafeToRemoveWorker, Is.True);
    }

    [Test]
    public void SafeToRemove_WithoutRoomOwnerOrPeer_SaysWhyNot()
    {
        TestCluster cluster = Running();
        Assert.That(Reasons(), Is.EqualTo(new[] { "NO_ROOM" }), "w2 takes two and has two");
        cluster.Hello("w2", incarnation: 2, operators: "other");
        Assert.That(Reasons(), Is.EqualTo(new[] { "OPERATOR_ON_ONE_WORKER" }));
        cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        Assert.That(Reasons(), Is.EqualTo(new[] { "TASKS_WITHOUT_OWNER", "TOO_FEW_WORKERS" }));

        string[] Reasons() => [.. cluster.View.UnsafeReasons.Select(r => r.Split(':')[0])];
    }

    [Test]
    public void Events_AfterARevision_AreTheLaterOnesOnly()
    {
        TestCluster cluster = Running();
        ulong revision = cluster.View.Events[^1].Revision;
        cluster.Hello("w3");
        var since = (EventsSince)cluster.Ask(c => new InspectEvents(c, revision));
        Assert.That(
            since.Events.Select(e => (e.Reason, e.Subject)),
            Is.EqualTo(new[] { ("WORKER_JOINED", "workers/w3") }));
    }

    [Test]
    public void Events_BeyondTheHistory_AreForgottenOldestFirst()
    {
        TestCluster cluster = Started();
        for (ulong i = 1; i <= 1_200; i++)
        {
            cluster.Hello("w1", incarnation: i);
        }

        Assert.That(cluster.View.Events, Has.Count.EqualTo(1_000));
        Assert.That(cluster.View.Events.Select(e => e.Revision), Is.Unique.And.Ordered);
        cluster.Seal();
        Assert.That(Picture(cluster.Replayed()), Is.EqualTo(Picture(cluster.State)));
    }

    [Test]
    public void Inspect_Always_AnswersWithAView() =>
        Assert.That(Started().Ask(c => new Inspect(c)), Is.TypeOf<ClusterView>());
}
