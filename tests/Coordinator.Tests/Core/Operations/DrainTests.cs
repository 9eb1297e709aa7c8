using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Coordinator.Tests.Core.Placement.Balancing;

namespace Millrace.Coordinator.Tests.Core.Operations;

/// <summary>Where a drain sends what it moves.</summary>
public sealed class DrainTests
{
    private static readonly string[] _workers = ["w1", "w2", "w3"];

    private static object Drain(TestCluster cluster, string worker) =>
        cluster.Ask(c => new DrainWorker(c, worker, 0, false, "", null, false));

    /// <summary>Nothing is known by which round robin could tell them apart; measured load can.</summary>
    [TestCase("weighted-load", 0)]
    [TestCase("round-robin", 2)]
    public void Drain_OneOfTheOthersIsBusy_GoesWhereTheStrategySays(string strategy, int expected)
    {
        BusyCluster busy = BusyCluster.With(12, _workers);
        busy.Cluster.Ask(c => new UpdateRebalancePolicy(c, strategy, false, null, false));
        foreach (ulong task in busy.Cluster.State.Assignments.All.Where(t => t.Worker == "w2").Select(t => t.Id.Value))
        {
            busy.Rates[task] = 2_000;
        }

        busy.Run(12, _workers);
        Assert.That(Drain(busy.Cluster, "w1"), Is.EqualTo(new Changed("op-1")));
        busy.Run(1, _workers);
        Assert.Multiple(() =>
        {
            Assert.That(busy.Cluster.Worker("w1").AssignmentCount, Is.Zero);
            Assert.That(
                busy.Cluster.State.Assignments.All.Count(t => t is { Worker: "w2", Reason: AssignReason.Drain }),
                Is.EqualTo(expected));
        });
    }

    [Test]
    public void Drain_ATaskPinnedToAZone_StaysThereAndIsRefusedWhereThatIsImpossible()
    {
        TestCluster cluster = TestCluster.Started();
        WorkerIn(cluster, "w1", "a");
        cluster.Deploy(6);
        WorkerIn(cluster, "w2", "a");
        WorkerIn(cluster, "w3", "b");
        var pin = new TaskPin("", new Dictionary<string, string> { ["zone"] = "a" }, "");
        for (int index = 0; index < 3; index++)
        {
            var name = new TaskName("clicks-count", "count", index);
            cluster.Ask(c => new PinTask(c, name, pin, null, false));
        }

        Drain(cluster, "w1");
        cluster.Run(2, _workers);
        Assert.Multiple(() =>
        {
            Assert.That(cluster.Worker("w1").AssignmentCount, Is.Zero);
            Assert.That(
                cluster.State.Assignments.All.Where(t => t.Pin is not null).Select(t => t.Worker),
                Is.All.EqualTo("w2"));
            Assert.That(cluster.State.Assignments.All.Select(t => t.Worker), Does.Contain("w3"));
            Assert.That(
                Drain(cluster, "w2"),
                Has.Property("Reason").EqualTo("NO_WORKER_TO_DRAIN_TO"),
                "nobody else is in zone a");
        });
    }

    private static void WorkerIn(TestCluster cluster, string worker, string zone) =>
        cluster.Hello(worker, zone: zone);
}
