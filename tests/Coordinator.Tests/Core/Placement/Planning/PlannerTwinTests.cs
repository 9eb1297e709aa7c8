using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;

namespace Millrace.Coordinator.Tests.Core.Placement.Planning;

public sealed class PlannerTwinTests
{
    private static readonly PlanOptions _options = PlanOptions.Default;

    [Test]
    public void Orphans_AnyCluster_GoWhereTheNaiveRulePutsThem() => AnyNumbers.Check(400, 120, numbers =>
    {
        PlanInput input = new AnyPlan(numbers).Make(orphans: true, newcomers: false, limits: false);
        Plan plan = Planner.Make(input, _options, StrategyTable.Default);
        List<(int Task, int To)> expected = new NaivePlanner(input, _options).Orphans();
        return expected.Count == 0 || plan.Moves.Select(m => (m.Task, m.To)).SequenceEqual(expected);
    });

    [Test]
    public void FullPlan_AnyCluster_PutsTasksWhereTheNaiveRuleDoes() => AnyNumbers.Check(400, 120, numbers =>
    {
        PlanInput input = new AnyPlan(numbers).Make(orphans: false, newcomers: false, limits: false);
        return new FullPhase(input).Run().SequenceEqual(new NaivePlanner(input, _options).Full());
    });

    [Test]
    public void Balance_AnyCluster_MovesWhatTheNaiveRuleMoves() => AnyNumbers.Check(600, 120, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(orphans: false, newcomers: false, limits: false);
        PlanOptions options = _options with { MaxMoves = 1 + any.Next(30) };
        Plan plan = Planner.Make(input, options, StrategyTable.Default);
        List<(int Task, int To)> expected =
            plan.ImbalanceBefore > options.Start ? new NaivePlanner(input, options).Even() : [];
        return plan.Moves.Select(m => (m.Task, m.To)).SequenceEqual(expected);
    });
}
