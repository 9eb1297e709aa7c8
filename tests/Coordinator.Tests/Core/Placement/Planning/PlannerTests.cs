using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;

namespace Millrace.Coordinator.Tests.Core.Placement.Planning;

public sealed class PlannerTests
{
    private static PlanInput Input(double[] load, int[] owner, double[] capacity, WorkerRole[]? roles = null) => new()
    {
        Load = load,
        StateBytes = new long[load.Length],
        Owner = owner,
        Capacity = capacity,
        Role = roles ?? new WorkerRole[capacity.Length],
    };

    private static Plan Make(PlanInput input, PlanOptions? options = null) =>
        Planner.Make(input, options ?? PlanOptions.Default, StrategyTable.Default);

    /// <summary>The first trap: the coldest worker before the load is added is not the coldest after.</summary>
    [Test]
    public void Orphan_MixedCapacities_GoesWhereItWeighsLeast()
    {
        Plan plan = Make(Input([8, 10, 2], [-1, 1, 0], [10, 40]));
        Assert.That(plan.Moves.Single(), Is.EqualTo(new PlannedMove(0, -1, 1, PlanReason.Initial, 0)));
    }

    /// <summary>The second: nothing is too hot, and yet a newcomer must get its share.</summary>
    [Test]
    public void Newcomer_NothingIsHot_IsPulledUp()
    {
        int[] owner = [.. Enumerable.Range(0, 60).Select(t => t % 20)];
        double[] load = [.. Enumerable.Repeat(1.0, 60)];
        var roles = new WorkerRole[21];
        roles[20] = WorkerRole.Newcomer;
        Plan plan = Make(Input(load, owner, [.. Enumerable.Repeat(1.0, 21)], roles));
        Assert.That(plan.Moves, Has.Count.EqualTo(2));
    }

    [Test]
    public void Balance_BetweenStopAndStart_DoesNothingAndSaysSo()
    {
        Plan plan = Make(Input([11, 9], [0, 1], [1, 1]));
        Assert.That((plan.Moves.Count, plan.Bound), Is.EqualTo((0, PlanBound.Hysteresis)));
    }

    [Test]
    public void Balance_OneTaskTooHeavyForAnyWorker_AsksForASplit()
    {
        Plan plan = Make(Input([100, 1, 1], [0, 0, 1], [1, 1]));
        Assert.Multiple(() =>
        {
            Assert.That(plan.Moves.Select(m => m.Task), Is.EqualTo(new[] { 1 }));
            Assert.That(plan.TooHeavy, Is.EqualTo(new[] { 0 }));
            Assert.That(plan.Bound, Is.EqualTo(PlanBound.Tasks));
        });
    }

    /// <summary>No single move helps: the fast workers have their share, and the task is more than fits
    /// beside.</summary>
    [Test]
    public void Balance_AHeavyTaskOnASlowWorker_GetsAFastOneToItself()
    {
        Plan plan = Make(Input([5, 2, 2, 2, 2, 2, 2, 2, 2], [0, 1, 1, 1, 1, 2, 2, 2, 2], [1, 2, 2]));
        Assert.Multiple(() =>
        {
            Assert.That(plan.Moves[0], Is.EqualTo(new PlannedMove(0, 0, 1, PlanReason.Isolate, 0)));
            Assert.That(
                plan.Moves.Skip(1), Is.All.Matches<PlannedMove>(m => m is { From: 1, Reason: PlanReason.Rebalance }));
            Assert.That(plan.ImbalanceAfter, Is.LessThan(1.1));
        });
    }

    [Test]
    public void Pinned_ElsewhereThanItsHome_ComesHome()
    {
        PlanInput input = new()
        {
            Load = [1, 1],
            StateBytes = [1, 1],
            Owner = [0, 0],
            Pin = [1, -1],
            Capacity = [1, 1],
            Role = new WorkerRole[2],
        };
        Assert.That(Make(input).Moves, Is.EqualTo(new[] { new PlannedMove(0, 0, 1, PlanReason.Pin, 0) }));
    }

    [Test]
    public void Orphan_NobodyMayRunIt_IsSkippedWithTheReason()
    {
        Plan plan = Make(Input([1], [-1], [1], [WorkerRole.Closed]));
        Assert.That(plan.Skipped, Is.EqualTo(new[] { new SkippedMove(0, SkipReason.NoWorker) }));
    }

    [Test]
    public void Loads_Nonsense_CountAsTheAverage()
    {
        Plan plan = Make(Input([double.NaN, -1, double.PositiveInfinity, 6], [-1, -1, -1, -1], [1, 1]));
        Assert.That(plan.Moves.Count(m => m.To == 0), Is.EqualTo(2));
    }
}
