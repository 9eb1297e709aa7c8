using System.Text;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Balancing;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement.Balancing;

public sealed class HotTaskTests
{
    private static readonly string[] _workers = ["w1", "w2", "w3"];

    /// <summary>Task 1 is on w1, which is slow; what it costs does not fit there, but on one of the others.</summary>
    private static BusyCluster OneHeavy(double rate)
    {
        BusyCluster busy = BusyCluster.With(18, _workers);
        busy.Costs["w1"] = 2_000;
        busy.Costs["w2"] = busy.Costs["w3"] = 1_000;
        for (ulong task = 2; task <= 18; task++)
        {
            busy.Rates[task] = 50;
        }

        busy.Rates[1] = rate;
        return busy;
    }

    private static byte[] KeyOf(BusyCluster busy, int partition) => Enumerable.Range(0, 1_000)
        .Select(i => Encoding.ASCII.GetBytes($"key-{i}"))
        .First(k => ((LocatedKeys)busy.Cluster.Ask(c => new LocateKeys(c, "clicks", [k]))).Partitions[0] == partition);

    private static void See(BusyCluster busy, double share) => busy.Cluster.Do(
        new HotKeysSeen([new SeenKey(new TopicId(1), KeyOf(busy, 0), share), new SeenKey(new TopicId(9), [1], 0.5)]));

    private static Explanation Explain(BusyCluster busy) => (Explanation)busy.Cluster.Ask(
        c => new ExplainTask(c, new TaskName("clicks-count", "count", 0)));

    [Test]
    public void HotKey_OnASlowWorker_IsIsolatedWhereThereIsMostHeadroomAndTheHistorySaysWhy()
    {
        BusyCluster busy = OneHeavy(400);
        busy.Run(4, _workers);
        See(busy, 0.3);
        List<Effect> effects = busy.Run(7, _workers);
        StoredPlan plan = Records<PlanCreated>(effects).Single().Plan;
        Assert.Multiple(() =>
        {
            Assert.That(busy.Cluster.Task(1).Worker, Is.Not.EqualTo("w1"));
            Assert.That(busy.Cluster.Task(1).Reason, Is.EqualTo(AssignReason.Isolate));
            Assert.That(
                plan.Remarks.Single(),
                Does.Match("count-0 is too heavy to share a worker because of key .* 30 % of the events of "
                    + "topics/clicks.*: w. is freed for it"));
            Assert.That(
                Records<EventRaised>(effects).Single(e => e.Reason == "REBALANCE_STARTED").Message,
                Does.Contain(plan.Remarks[0]));
            Assert.That(busy.UseOf(busy.Cluster.Task(1).Worker), Is.LessThan(0.75));
            Assert.That(Explain(busy).Findings.Select(f => f.Reason), Does.Contain("ISOLATE").And.Contain("HOT_KEY"));
        });
        busy.Cluster.Seal();
        Assert.That(Picture(busy.Cluster.State), Is.EqualTo(Picture(busy.Cluster.Replayed())));
    }

    [Test]
    public void HotKey_MoreThanAnyWorkerCanTake_IsSaidToNeedSpreading()
    {
        BusyCluster busy = OneHeavy(2_000);
        busy.Cluster.Ask(c => new MoveTask(
            c, new TaskName("clicks-count", "count", 0), "w2", null, false, "", null, false));
        busy.Run(90, _workers);
        See(busy, 0.7);
        busy.Run(9, _workers);
        var policy = (PolicyView)busy.Cluster.Ask(c => new InspectRebalancePolicy(c));
        Assert.Multiple(() =>
        {
            Assert.That(policy.Decision, Is.EqualTo("NOTHING_HELPS"));
            Assert.That(policy.Message, Does.Match("count-0 is too heavy for any worker: only spreading key "));
            Assert.That(
                Explain(busy).Findings.Single(f => f.Reason == "HOT_KEY").Suggestion,
                Does.Contain("only spreading key"));
        });
    }

    [Test]
    public void HotKey_NotSeenForAWhile_IsForgotten()
    {
        BusyCluster busy = OneHeavy(400);
        busy.Run(8, _workers);
        See(busy, 0.3);
        Assert.That(Explain(busy).Findings.Select(f => f.Reason), Does.Contain("HOT_KEY"));
        busy.Run(11, _workers);
        Assert.That(Explain(busy).Findings.Select(f => f.Reason), Does.Not.Contain("HOT_KEY"));
    }
}
