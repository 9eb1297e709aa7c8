using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement.Balancing;

public sealed class RebalancerTests
{
    private static PolicyView Policy(BusyCluster busy) =>
        (PolicyView)busy.Cluster.Ask(c => new InspectRebalancePolicy(c));

    [Test]
    public void Load_UnevenForSomeTime_IsEvenedOutOnceAndThenThereIsPeace()
    {
        BusyCluster busy = BusyCluster.With(8, "w1", "w2");
        foreach (ulong task in new ulong[] { 1, 3, 5 })
        {
            busy.Rates[task] = 2_000;
        }

        List<Effect> effects = busy.Run(14, "w1", "w2");
        Assert.Multiple(() =>
        {
            Assert.That(Records<PlanCreated>(effects).Select(p => p.Plan.Automatic), Is.EqualTo(new[] { true }));
            Assert.That(Records<TaskAssigned>(effects).Select(a => a.Reason), Is.All.EqualTo(AssignReason.Rebalance));
            Assert.That(busy.UseOf("w1") / busy.UseOf("w2"), Is.InRange(0.5, 2));
            Assert.That(Records<EventRaised>(effects).Select(e => e.Reason), Does.Contain("REBALANCE_STARTED"));
            Assert.That(Records<PlanCreated>(busy.Run(300, "w1", "w2")), Is.Empty);
        });
    }

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    public void Load_UnevenBelowTheLevelToBeginAt_IsEvenedOutOnlyWhileItIsBeingEvenedOut(bool begun, int plans)
    {
        BusyCluster busy = BusyCluster.With(40, "w1", "w2");
        if (begun)
        {
            busy.Rates[1] = busy.Rates[3] = busy.Rates[5] = 700;
            for (int i = 0; i < 30 && busy.UseOf("w1") > 1.2 * busy.UseOf("w2"); i++)
            {
                busy.Run(1, "w1", "w2");
            }
        }

        string[] rest = [.. busy.Cluster.State.Assignments.All.Select(t => t.Worker!)];
        foreach (AssignedTask task in busy.Cluster.State.Assignments.All)
        {
            bool first = task.Worker == "w1";
            busy.Rates[task.Id.Value] = (first ? 5_500.0 : 4_500.0) / rest.Count(w => w == task.Worker);
        }

        Assert.That(Records<PlanCreated>(busy.Run(100, "w1", "w2")).Count(), Is.EqualTo(plans));
        Assert.That(busy.UseOf("w1") / busy.UseOf("w2"), begun ? Is.LessThan(1.11) : Is.GreaterThan(1.2));
    }

    [Test]
    public void Worker_AtHalfSpeed_GetsAboutHalfTheWork()
    {
        BusyCluster busy = BusyCluster.With(24, "w1", "w2", "w3");
        busy.Costs["w1"] = 1_000;
        busy.Costs["w2"] = busy.Costs["w3"] = 500;
        busy.Run(20, "w1", "w2", "w3");
        int[] counts = [.. busy.Cluster.View.Workers.Select(w => w.AssignmentCount)];
        Assert.That(counts[0], Is.InRange(4, 6), string.Join(' ', counts));
        Assert.That(Records<TaskAssigned>(busy.Run(120, "w1", "w2", "w3")), Is.Empty);
    }

    [Test]
    public void Worker_ThatCanNotKeepUp_IsRelievedAtOnceAndItsArrearsMoveNothing()
    {
        BusyCluster busy = BusyCluster.With(18, "w1", "w2", "w3");
        busy.Costs["w1"] = 2_000;
        busy.Costs["w2"] = busy.Costs["w3"] = 1_000;
        busy.Rates[1] = busy.Rates[4] = busy.Rates[7] = 200;
        Assert.That(busy.UseOf("w1"), Is.GreaterThan(1.7), "its reports say 1");
        List<Effect> effects = busy.Run(40, "w1", "w2", "w3");
        double mean = new[] { "w1", "w2", "w3" }.Sum(w => busy.UseOf(w) * 1_000 / busy.Costs[w]) / 2.5;
        Assert.Multiple(() =>
        {
            Assert.That(Records<PlanCreated>(effects).Count(), Is.LessThanOrEqualTo(3));
            Assert.That(
                new[] { "w1", "w2", "w3" }.Max(busy.UseOf) / mean, Is.LessThan(1.2), busy.Cluster.Owners());
            Assert.That(Records<TaskAssigned>(busy.Run(200, "w1", "w2", "w3")), Is.Empty);
        });
    }

    [Test]
    public void Cluster_WhereNothingHappens_MovesNothing()
    {
        BusyCluster busy = BusyCluster.With(8, "w1", "w2");
        busy.Rates[1] = 3;
        Assert.That(Records<PlanCreated>(busy.Run(60, "w1", "w2")), Is.Empty);
        Assert.That(Policy(busy).Decision, Is.EqualTo("BALANCED"));
    }

    [Test]
    public void OneHotTask_AloneTooMuch_IsSaidToNeedASplit()
    {
        BusyCluster busy = BusyCluster.With(2, "w1", "w2");
        busy.Rates[1] = 5_000;
        List<Effect> effects = busy.Run(30, "w1", "w2");
        Assert.That(Policy(busy).Decision, Is.EqualTo("NOTHING_HELPS"));
        Assert.That(
            Records<EventRaised>(effects).Single(e => e.Reason == "REBALANCE_SKIPPED").Message,
            Does.Contain("jobs/clicks-count/assignments/count-0 is too heavy for any worker: only a split"));
    }

    [Test]
    public void SwitchedOff_LoadIsUneven_OnlySaysSo()
    {
        BusyCluster busy = BusyCluster.With(8, "w1", "w2");
        busy.Rates[1] = busy.Rates[3] = 5_000;
        busy.Cluster.Ask(c => new UpdateRebalancePolicy(c, null, false, null, false));
        Assert.That(Records<PlanCreated>(busy.Run(30, "w1", "w2")), Is.Empty);
        Assert.That(Policy(busy).Decision, Is.EqualTo("OFF"));
    }

    [Test]
    public void LossOfAWorker_LeavesLoadUneven_IsFollowedUpSoonAndBounded()
    {
        BusyCluster busy = BusyCluster.With(12, "w1", "w2", "w3");
        busy.Run(8, "w1", "w2", "w3");
        foreach (ulong task in busy.Cluster.State.Assignments.All.Where(t => t.Worker == "w3").Select(t => t.Id.Value))
        {
            busy.Rates[task] = 1_000;
        }

        List<Effect> effects = busy.Run(9, "w1", "w2");
        Assert.That(Records<TaskAssigned>(effects).Count(a => a.Reason == AssignReason.WorkerLost), Is.EqualTo(4));
        Assert.That(
            Records<TaskAssigned>(effects).Count(a => a.Reason == AssignReason.Rebalance),
            Is.LessThanOrEqualTo(busy.Cluster.Policy.FollowUpMoves));
    }

    [TestCase("round-robin")]
    [TestCase("random")]
    [TestCase("weighted-resources")]
    [TestCase("weighted-load")]
    public void Strategy_AnyOfThem_PlacesOrphansAndSurvivesARestart(string strategy)
    {
        BusyCluster busy = BusyCluster.With(12, "w1", "w2", "w3");
        Assert.That(
            busy.Cluster.Ask(c => new UpdateRebalancePolicy(c, strategy, null, null, false)),
            Has.Property("Name").EqualTo(strategy));
        busy.Cluster.Seal();
        busy.Restart();
        Assert.That(Policy(busy).Strategy, Is.EqualTo(strategy));
        busy.Cluster.Hello("w1", 2);
        busy.Cluster.Hello("w2", 2);
        busy.Run(6, "w1", "w2");
        Assert.That(
            busy.Cluster.State.Assignments.All.Select(t => t.Worker), Is.All.EqualTo("w1").Or.EqualTo("w2"));
        Assert.That(Picture(busy.Cluster.State), Is.EqualTo(Picture(Copy(busy.Cluster.State))));
    }
}
