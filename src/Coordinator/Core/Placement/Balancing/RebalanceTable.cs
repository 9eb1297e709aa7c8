using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>How the cluster places tasks, and the plans that were made. Durable state.</summary>
internal sealed class RebalanceTable
{
    /// <summary>Older ones are forgotten, unless they are being applied.</summary>
    public const int MaxPlans = 50;

    private readonly SortedDictionary<ulong, StoredPlan> _plans = [];

    public IStrategy Strategy { get; private set; } = StrategyTable.Default;

    public bool Automatic { get; private set; } = true;

    public ulong LastPlan { get; private set; }

    /// <summary>Oldest first.</summary>
    public IEnumerable<StoredPlan> Plans => _plans.Values;

    public StoredPlan? Find(ulong number) => _plans.GetValueOrDefault(number);

    public StoredPlan? OfOperation(ulong operation) => _plans.Values.FirstOrDefault(p => p.Operation == operation);

    public void Apply(RebalancePolicyChanged record)
    {
        Strategy = StrategyTable.Find(record.Strategy) ?? StrategyTable.Default;
        Automatic = record.Automatic;
    }

    /// <param name="isRunning">Whether an operation is at work.</param>
    public void Apply(PlanCreated record, Func<ulong, bool> isRunning)
    {
        _plans.Add(record.Plan.Number, record.Plan);
        LastPlan = record.Plan.Number;
        ulong[] old = [.. _plans.Values.Where(p => !isRunning(p.Operation)).Select(p => p.Number)];
        foreach (ulong number in old.Take(_plans.Count - MaxPlans))
        {
            _plans.Remove(number);
        }
    }

    public void Apply(PlanApplied record)
    {
        if (Find(record.Plan) is { } plan)
        {
            _plans[record.Plan] = plan with { Operation = record.Operation };
        }
    }

    public void Apply(PlanDeleted record) => _plans.Remove(record.Plan);

    public RebalanceDto ToSnapshot() => new(Strategy.Name, Automatic, LastPlan, [.. _plans.Values]);

    public static RebalanceTable FromSnapshot(RebalanceDto? dto)
    {
        var table = new RebalanceTable();
        if (dto is null)
        {
            return table;
        }

        table.Strategy = StrategyTable.Find(dto.Strategy) ?? StrategyTable.Default;
        table.Automatic = dto.Automatic;
        table.LastPlan = dto.LastPlan;
        foreach (StoredPlan plan in dto.Plans)
        {
            table._plans.Add(plan.Number, plan);
        }

        return table;
    }
}

/// <summary>As plain values.</summary>
internal sealed record RebalanceDto(
    string Strategy, bool Automatic, ulong LastPlan, IReadOnlyList<StoredPlan> Plans);
