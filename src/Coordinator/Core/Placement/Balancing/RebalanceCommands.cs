using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>What operators ask about plans and about how the cluster places tasks.</summary>
internal sealed class RebalanceCommands(
    Turn turn,
    PlanMaker maker,
    PlanRunner runner,
    Rebalancer rebalancer,
    TaskExplainer explainer)
{
    private const int MostMoves = 64;

    private readonly OperatorTurn _common = new(turn);

    private RebalanceTable Table => turn.State.Rebalancing;

    /// <returns>Whether the input was one of these.</returns>
    public bool Handle(OperatorInput input)
    {
        switch (input)
        {
            case CreatePlan create:
                Create(create);
                return true;
            case ApplyPlan apply:
                Apply(apply);
                return true;
            case DeletePlan delete:
                Delete(delete);
                return true;
            case UpdateRebalancePolicy update:
                Update(update);
                return true;
            case InspectPlans inspect:
                turn.Reply(inspect.Call, new PlanViews([.. Table.Plans.Reverse().Select(ViewOf)]));
                return true;
            case InspectRebalancePolicy inspect:
                turn.Reply(inspect.Call, ViewPolicy());
                return true;
            case ExplainTask explain:
                turn.Reply(
                    explain.Call,
                    _common.Find(explain.Task) is { } task
                        ? explainer.Explain(explain.Task, task)
                        : OperatorRefusals.NoSuchAssignment(explain.Task));
                return true;
            default:
                return false;
        }
    }

    private void Create(CreatePlan input) => _common.Answer(
        input,
        "plan",
        () => CheckCreate(input),
        () =>
        {
            IStrategy strategy = input.Strategy.Length == 0 ? Table.Strategy : StrategyTable.Find(input.Strategy)!;
            PlanOptions options = PlanOptions.Default with
            {
                Full = input.Full,
                Start = PlanOptions.Default.Stop,
                MaxMoves = input.MaxMoves,
                MaxBytes = input.MaxStateBytes,
            };
            StoredPlan plan = maker.Make(
                strategy,
                input.IgnoreCooldown ? PlanPurpose.Join : PlanPurpose.Balance,
                options,
                automatic: false,
                why: "An operator asked for it.");
            turn.Record(new PlanCreated(plan, input.Request, turn.Now.UnixMs));
            return plan.Name;
        });

    private Refusal? CheckCreate(CreatePlan input)
    {
        if (input.Strategy.Length > 0 && StrategyTable.Find(input.Strategy) is null)
        {
            return StrategyTable.Unknown(input.Strategy);
        }

        if (input.MaxMoves < 0 || input.MaxMoves > turn.Policy.MaxPlanMoves)
        {
            return Refusal.BadField("max_moves", $"max_moves must be 0 to {turn.Policy.MaxPlanMoves}.");
        }

        return input.MaxStateBytes < 0
            ? Refusal.BadField("max_state_bytes", "max_state_bytes must not be negative.")
            : null;
    }

    private void Apply(ApplyPlan input) => _common.Answer(
        input,
        "operation",
        () => CheckApply(input),
        () => Operation.NameOf(runner.Start(Table.Find(input.Plan)!, input.MaxMoves, input.Request)));

    private Refusal? CheckApply(ApplyPlan input)
    {
        if (Table.Find(input.Plan) is not { } plan)
        {
            return RebalanceRefusals.NoSuchPlan(input.Plan);
        }

        if (input.MaxMoves is < 0 or > MostMoves)
        {
            return Refusal.BadField("max_concurrent_moves", $"max_concurrent_moves must be 0 to {MostMoves}.");
        }

        if (ViewOf(plan).State is not PlanState.Ready and var state)
        {
            return RebalanceRefusals.NotReady(plan, state);
        }

        if (plan.Moves.Count == 0)
        {
            return RebalanceRefusals.Empty(plan);
        }

        StoredMove[] changed =
            [.. plan.Moves.Where(m => turn.State.Assignments.Find(m.Task)?.Epoch != m.Epoch)];
        if (changed.Length > 0 && !input.AllowStale)
        {
            return RebalanceRefusals.Stale(plan, changed);
        }

        return turn.State.Operations.Running.Count() >= turn.Policy.MaxOperations
            ? Refusals.Full("running operations", turn.Policy.MaxOperations, "TOO_MANY_OPERATIONS")
            : null;
    }

    private void Delete(DeletePlan input) => _common.Answer(
        input,
        "plan",
        () => Table.Find(input.Plan) switch
        {
            null => RebalanceRefusals.NoSuchPlan(input.Plan),
            var plan when ViewOf(plan).State == PlanState.Applying => RebalanceRefusals.BeingApplied(plan),
            _ => null,
        },
        () =>
        {
            turn.Record(new PlanDeleted(input.Plan, input.Request, turn.Now.UnixMs));
            return StoredPlan.NameOf(input.Plan);
        });

    private void Update(UpdateRebalancePolicy input) => _common.Answer(
        input,
        "policy",
        () => input.Strategy is { } name && StrategyTable.Find(name) is null ? StrategyTable.Unknown(name) : null,
        () =>
        {
            string strategy = input.Strategy ?? Table.Strategy.Name;
            bool automatic = input.Automatic ?? Table.Automatic;
            turn.Record(new RebalancePolicyChanged(strategy, automatic, input.Request, turn.Now.UnixMs));
            turn.Raise(
                EventLevel.Info,
                "REBALANCE_POLICY_CHANGED",
                "cluster",
                $"Tasks are placed by {strategy}; load is {(automatic ? "" : "not ")}evened out automatically.");
            return strategy;
        });

    private PlanView ViewOf(StoredPlan plan) =>
        new(plan, plan.StateAt(turn.Now.UnixMs, turn.State.Operations.Find(plan.Operation)));

    private PolicyView ViewPolicy() => new(
        Table.Strategy.Name,
        Table.Automatic,
        PlanOptions.Default.Start,
        PlanOptions.Default.Stop,
        rebalancer.Decision,
        rebalancer.Message,
        rebalancer.DecisionUnixMs,
        rebalancer.Imbalance);
}
