using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Balancing;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement.Balancing;

public sealed class PlanTests
{
    /// <summary>Uneven, known to be, and nothing happens by itself.</summary>
    private static BusyCluster Uneven()
    {
        BusyCluster busy = BusyCluster.With(8, "w1", "w2");
        busy.Cluster.Ask(c => new UpdateRebalancePolicy(c, null, false, null, false));
        busy.Rates[1] = busy.Rates[3] = busy.Rates[5] = 2_000;
        busy.Run(8, "w1", "w2");
        return busy;
    }

    private static object Create(BusyCluster busy, string strategy = "", int moves = 0) =>
        busy.Cluster.Ask(c => new CreatePlan(c, strategy, false, moves, 0, false, null, false));

    private static object Apply(BusyCluster busy, ulong plan = 1, bool stale = false) =>
        busy.Cluster.Ask(c => new ApplyPlan(c, plan, 0, stale, null, false));

    private static PlanView View(BusyCluster busy, ulong plan = 1) =>
        ((PlanViews)busy.Cluster.Ask(c => new InspectPlans(c))).All.Single(p => p.Plan.Number == plan);

    private static string ReasonOf(object answer) => ((Refusal)answer).Reason;

    [Test]
    public void Plan_Made_MovesNothingUntilItIsApplied()
    {
        BusyCluster busy = Uneven();
        string before = busy.Cluster.Owners();
        Assert.That(Create(busy), Is.EqualTo(new Changed("plan-1")));
        PlanView made = View(busy);
        Assert.Multiple(() =>
        {
            Assert.That(busy.Cluster.Owners(), Is.EqualTo(before));
            Assert.That(made.State, Is.EqualTo(PlanState.Ready));
            Assert.That(made.Plan.Moves, Is.Not.Empty);
            Assert.That(made.Plan.ImbalanceAfter, Is.LessThan(made.Plan.ImbalanceBefore));
        });
        Assert.That(Apply(busy), Is.EqualTo(new Changed("op-1")));
        busy.Run(1, "w1", "w2");
        Assert.Multiple(() =>
        {
            Assert.That(View(busy).State, Is.EqualTo(PlanState.Applied));
            Assert.That(made.Plan.Moves.All(m => busy.Cluster.Task(m.Task.Value).Worker == m.To), Is.True);
            Assert.That(ReasonOf(Apply(busy)), Is.EqualTo("PLAN_APPLIED"));
        });
    }

    [Test]
    public void Plan_CoordinatorDiesInTheMiddle_IsFinishedByTheNext()
    {
        BusyCluster busy = Uneven();
        Create(busy);
        Apply(busy);
        busy.Cluster.Seal();
        busy.Restart();
        Assert.That(View(busy).State, Is.EqualTo(PlanState.Applying));
        busy.Cluster.Hello("w1");
        busy.Cluster.Hello("w2");
        busy.Run(2, "w1", "w2");
        PlanView done = View(busy);
        Assert.That(done.State, Is.EqualTo(PlanState.Applied));
        Assert.That(done.Plan.Moves.All(m => busy.Cluster.Task(m.Task.Value).Worker == m.To), Is.True);
    }

    [Test]
    public void Plan_ATaskHasChangedHands_IsStale()
    {
        BusyCluster busy = Uneven();
        Create(busy);
        TaskId moved = View(busy).Plan.Moves[0].Task;
        busy.Cluster.Ask(c => new MoveTask(
            c, new TaskName("clicks-count", "count", (int)moved.Value - 1), "w2", null, false, "", null, false));
        busy.Run(1, "w1", "w2");
        string before = Picture(busy.Cluster.State);
        Assert.That(ReasonOf(Apply(busy)), Is.EqualTo("PLAN_STALE"));
        Assert.That(Picture(busy.Cluster.State), Is.EqualTo(before), "nothing changed");
        Assert.That(Apply(busy, stale: true), Is.TypeOf<Changed>());
    }

    [Test]
    public void Plan_NobodyApplies_Expires()
    {
        BusyCluster busy = Uneven();
        Create(busy);
        busy.Cluster.Pass(601);
        Assert.That(ReasonOf(Apply(busy)), Is.EqualTo("PLAN_EXPIRED"));
    }

    [Test]
    public void Plan_Deleted_IsGone()
    {
        BusyCluster busy = Uneven();
        Create(busy);
        Assert.That(
            busy.Cluster.Ask(c => new DeletePlan(c, 1, null, false)), Is.EqualTo(new Changed("plan-1")));
        Assert.That(ReasonOf(Apply(busy)), Is.EqualTo("NO_SUCH_PLAN"));
    }

    [Test]
    public void Plan_Cancelled_StopsWhereItIs()
    {
        BusyCluster busy = Uneven();
        Create(busy);
        Apply(busy);
        busy.Cluster.Ask(c => new CancelOperation(c, 1, null));
        string owners = busy.Cluster.Owners();
        busy.Run(2, "w1", "w2");
        Assert.That(View(busy).State, Is.EqualTo(PlanState.Cancelled));
        Assert.That(busy.Cluster.Owners(), Is.EqualTo(owners));
    }

    [Test]
    public void BadInput_AnyOfIt_IsRefusedByNameAndChangesNothing()
    {
        BusyCluster busy = Uneven();
        string before = Picture(busy.Cluster.State);
        Assert.Multiple(() =>
        {
            Assert.That(ReasonOf(Create(busy, "best")), Is.EqualTo("BAD_FIELD"));
            Assert.That(ReasonOf(Create(busy, moves: -1)), Is.EqualTo("BAD_FIELD"));
            Assert.That(ReasonOf(Apply(busy, 9)), Is.EqualTo("NO_SUCH_PLAN"));
            Assert.That(
                ReasonOf(busy.Cluster.Ask(c => new UpdateRebalancePolicy(c, "best", null, null, false))),
                Is.EqualTo("BAD_FIELD"));
            Assert.That(Picture(busy.Cluster.State), Is.EqualTo(before));
        });
    }

    [Test]
    public void Plans_ManyOfThem_AreForgottenOldestFirst()
    {
        BusyCluster busy = Uneven();
        for (int i = 0; i < RebalanceTable.MaxPlans + 5; i++)
        {
            Create(busy);
        }

        Assert.That(busy.Cluster.State.Rebalancing.Plans.Count(), Is.EqualTo(RebalanceTable.MaxPlans));
        Assert.That(busy.Cluster.State.Rebalancing.Find(5), Is.Null);
    }

    [Test]
    public void Explain_ATaskOfABusyWorker_SaysWhyItIsThereAndWhatWouldChangeIt()
    {
        BusyCluster busy = Uneven();
        var explained = (Explanation)busy.Cluster.Ask(
            c => new ExplainTask(c, new TaskName("clicks-count", "count", 0)));
        Assert.Multiple(() =>
        {
            Assert.That(explained.Findings.Select(f => f.Reason), Is.EqualTo(new[] { "INITIAL", "WORKER_HOT" }));
            Assert.That(explained.Candidates[0].Worker, Is.EqualTo("w2"));
            Assert.That(explained.Candidates[0].WhyNot, Is.Empty);
            Assert.That(explained.Candidates[1].WhyNot, Is.EqualTo("OWNS_IT"));
        });
    }
}
