using Millrace.Protocol.Admin.V1;
using Millrace.TestKit.FakeCluster;

namespace Millrace.Client.Tests.Cli;

/// <summary>Plans and the policy.</summary>
public sealed class RebalanceCommandsTests
{
    private const string Remark = "jobs/j/assignments/count-0 is too heavy to share a worker: w-2 is freed for it.";

    private FakeCoordinator _fake = null!;

    private FakeRebalance Rebalance => _fake.Admin.Rebalance;

    [SetUp]
    public async Task SetUp()
    {
        _fake = await FakeCoordinator.StartAsync();
        Rebalance.Policy = new RebalancePolicy
        {
            Strategy = "weighted-load",
            Automatic = true,
            StartImbalance = 1.15,
            StopImbalance = 1.05,
            Imbalance = 1.02,
            LastDecision = "BALANCED",
            LastDecisionMessage = "Nothing to do.",
        };
        Rebalance.Plans.Add(new RebalancePlan
        {
            Name = "plans/plan-3",
            State = RebalancePlanState.Ready,
            Strategy = "weighted-load",
            Why = "An operator asked for it.",
            ImbalanceBefore = 1.5,
            ImbalanceAfter = 1.04,
            ImbalanceLowerBound = 1,
            Bound = "MOVE_BUDGET",
            Remarks = { Remark },
            Moves =
            {
                new PlannedMove
                {
                    Assignment = "jobs/j/assignments/count-0",
                    FromWorker = "workers/w-1",
                    ToWorker = "workers/w-2",
                    MoveReason = AssignmentReason.Isolate,
                    StateBytes = 2_048,
                },
            },
            Skipped = { new SkippedMove { Assignment = "jobs/j/assignments/count-1", Reason = "COOLDOWN" } },
        });
    }

    [TearDown]
    public async Task TearDown() => await _fake.DisposeAsync();

    [Test]
    public async Task Plan_Made_ShowsMovesWhatBoundsItAndWhatIsToBeSaid()
    {
        CliRun run = await RunAsync("rebalance plan --full --ignore-cooldown --max-moves 5 --strategy weighted-load");
        CreateRebalancePlanRequest asked = Rebalance.Created.Single();
        Assert.Multiple(() =>
        {
            Assert.That(
                (asked.Full, asked.IgnoreCooldown, asked.MaxMoves, asked.Strategy),
                Is.EqualTo((true, true, 5U, "weighted-load")));
            Assert.That(asked.RequestId, Is.Not.Empty);
            Assert.That(run.Exit, Is.Zero);
            Assert.That(run.Out, Does.Contain("ISOLATE").And.Contain("bound by MOVE_BUDGET").And.Contain(Remark));
            Assert.That(run.Out, Does.Contain("imbalance 1.50 -> 1.04").And.Contain("(COOLDOWN)"));
            Assert.That(run.Out, Does.EndWith("apply: millrace rebalance apply plan-3\n"));
        });
    }

    [Test]
    public async Task Plan_Shown_IsTheSameAndListed()
    {
        Assert.That((await RunAsync("rebalance show plan-3")).Out, Is.EqualTo((await RunAsync("rebalance plan")).Out));
        Assert.That(
            (await RunAsync("rebalance list")).Out, Does.Contain("plan-3  READY").And.Contain("operator"));
    }

    [Test]
    public async Task Plan_Applied_IsFollowedToItsEnd()
    {
        CliRun run = await RunAsync("rebalance apply plan-3 --allow-stale --wait");
        Assert.That(
            (run.Exit, run.Out), Is.EqualTo((0, "op-1  APPLY_PLAN plan-3  SUCCEEDED  1/1 moved\n")));
        Assert.That(Rebalance.Applied.Single().AllowStale, Is.True);
    }

    [Test]
    public async Task Plan_Deleted_IsGone()
    {
        Assert.That((await RunAsync("rebalance delete plan-3")).Out, Is.EqualTo("plan-3 is forgotten\n"));
        Assert.That((await RunAsync("rebalance list")).Out, Does.Contain("no plans"));
    }

    [Test]
    public async Task Policy_Changed_OnlyWhereItWasSaid()
    {
        Assert.That((await RunAsync("rebalance policy")).Out, Is.EqualTo("""
            strategy weighted-load, automatic on: starts above 1.15, stops at 1.05, last seen 1.02
            last decision BALANCED: Nothing to do.

            """));
        Assert.That(
            (await RunAsync("rebalance policy --automatic off")).Out,
            Does.StartWith("strategy weighted-load, automatic off"));
        Assert.That(Rebalance.Updated.Single().UpdateMask.Paths, Is.EqualTo(new[] { "automatic" }));
        Assert.That(
            (await RunAsync("rebalance policy --strategy random")).Out,
            Does.StartWith("strategy random, automatic off"));
    }

    [TestCase("rebalance show plan-9", 3, "NO_SUCH_PLAN")]
    [TestCase("rebalance apply plan-9", 3, "NO_SUCH_PLAN")]
    [TestCase("rebalance delete plan-9", 3, "NO_SUCH_PLAN")]
    [TestCase("rebalance plan --strategy best", 2, "BAD_FIELD")]
    public async Task Command_ThatCanNotBe_IsRefusedByName(string command, int exit, string code)
    {
        CliRun run = await RunAsync(command);
        Assert.That((run.Exit, run.Out), Is.EqualTo((exit, "")));
        Assert.That(run.Error, Does.Contain("code: " + code));
    }

    private Task<CliRun> RunAsync(string arguments) => CliRun.OfAsync($"{arguments} --server {_fake.Address}");
}
