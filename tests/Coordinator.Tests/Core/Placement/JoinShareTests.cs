using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement;

public sealed class JoinShareTests
{
    private static TestCluster With(int tasks, params string[] workers)
    {
        TestCluster cluster = Started();
        Array.ForEach(workers, w => cluster.Hello(w));
        cluster.Deploy(tasks);
        cluster.Run(6, workers);
        return cluster;
    }

    private static int[] Counts(TestCluster cluster) => [.. cluster.View.Workers.Select(w => w.AssignmentCount)];

    [Test]
    public void Newcomer_OnceSettled_GetsItsShareByPlannedMoves()
    {
        TestCluster cluster = With(8, "w1", "w2");
        cluster.Hello("w3");
        Assert.That(cluster.Run(0.95, "w1", "w2", "w3").OfType<AppendRecord>(), Is.Empty, "not at once");

        List<Effect> effects = cluster.Run(0.1, "w1", "w2", "w3");
        TaskAssigned[] moves = [.. Records<TaskAssigned>(effects)];
        Assert.Multiple(() =>
        {
            Assert.That(Counts(cluster), Is.EqualTo(new[] { 3, 3, 2 }));
            Assert.That(moves.Select(m => (m.Worker, m.Reason)), Is.All.EqualTo(("w3", AssignReason.WorkerJoined)));
            Assert.That(Told<Revoke>(effects, "w1").Count() + Told<Revoke>(effects, "w2").Count(), Is.EqualTo(2));
            Assert.That(cluster.Run(60, "w1", "w2", "w3").OfType<AppendRecord>(), Is.Empty, "and then there is peace");
        });
    }

    [Test]
    public void Newcomer_ThatNeverBeats_GetsNothing()
    {
        TestCluster cluster = With(8, "w1");
        cluster.Hello("w2");
        cluster.Run(4, "w1");
        Assert.That(Counts(cluster), Is.EqualTo(new[] { 8, 0 }));
    }

    [Test]
    public void Moves_ToANewcomer_AreAFewPerTick()
    {
        TestCluster cluster = With(100, "w1");
        cluster.Hello("w2");
        cluster.Beat("w2");
        cluster.Run(0.95, "w1", "w2");
        cluster.Run(0.05, "w1", "w2");
        Assert.That(Counts(cluster), Is.EqualTo(new[] { 92, 8 }));
        cluster.Run(2, "w1", "w2");
        Assert.That(Counts(cluster), Is.EqualTo(new[] { 50, 50 }));
    }

    [Test]
    public void Newcomers_TwoAtOnce_ShareAlike()
    {
        TestCluster cluster = With(12, "w1");
        cluster.Hello("w2");
        cluster.Hello("w3");
        cluster.Run(3, "w1", "w2", "w3");
        Assert.That(Counts(cluster), Is.EqualTo(new[] { 4, 4, 4 }));
    }

    [Test]
    public void Newcomer_WithALimit_IsFilledToIt()
    {
        TestCluster cluster = With(12, "w1");
        cluster.Hello("w2", max: 2);
        cluster.Run(3, "w1", "w2");
        Assert.That(Counts(cluster), Is.EqualTo(new[] { 10, 2 }));
    }

    [Test]
    public void ReturningWorker_AfterItWasLost_GetsAShareAndItsOldClaimsAreFenced()
    {
        TestCluster cluster = With(4, "w1", "w2");
        HeldTask[] held = [.. new ulong[] { 1, 3 }.Select(t => new HeldTask(new TaskId(t), cluster.Task(t).Epoch, 0))];
        cluster.Run(5, "w2");
        Assert.That(cluster.Owners(), Is.EqualTo("w2: 1 2 3 4"));

        List<Effect> effects = cluster.Hello("w1", held: held);
        Assert.That(Told<Fenced>(effects, "w1").Select(f => f.Task.Value), Is.EqualTo(new[] { 1UL, 3UL }));
        Assert.That(Told<Assign>(effects, "w1"), Is.Empty);

        cluster.Run(2, "w1", "w2");
        Assert.That(Counts(cluster), Is.EqualTo(new[] { 2, 2 }));
    }

    [Test]
    public void FewTasks_ManyWorkers_AreSpreadOneEach()
    {
        TestCluster cluster = With(2, "w1");
        cluster.Hello("w2");
        cluster.Hello("w3");
        cluster.Run(5, "w1", "w2", "w3");
        Assert.That(Counts(cluster), Is.EqualTo(new[] { 1, 1, 0 }));
    }
}
