using System.Globalization;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Placement.Balancing;

internal static class RebalanceRefusals
{
    public static Refusal NoSuchPlan(ulong number) => Named(
        RefusalKind.NotFound,
        "NO_SUCH_PLAN",
        $"There is no plan {StoredPlan.NameOf(number)}, or not any more; millrace rebalance list shows all.",
        number);

    public static Refusal NotReady(StoredPlan plan, PlanState state) => Named(
        RefusalKind.FailedPrecondition,
        state == PlanState.Expired ? "PLAN_EXPIRED" : "PLAN_APPLIED",
        $"{plan.Name} is {state.ToString().ToLowerInvariant()} and can not be applied; make a new one with"
            + " millrace rebalance plan.",
        plan.Number);

    public static Refusal Empty(StoredPlan plan) => Named(
        RefusalKind.FailedPrecondition,
        "PLAN_EMPTY",
        $"{plan.Name} has no moves: there is nothing to apply.",
        plan.Number);

    public static Refusal Stale(StoredPlan plan, IReadOnlyList<StoredMove> changed) => Named(
        RefusalKind.FailedPrecondition,
        "PLAN_STALE",
        string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Name} is stale: {changed.Count} of its {plan.Moves.Count} moves are of assignments that have ")
            + $"changed hands since, {changed[0].Assignment} for one; make a new plan, or apply it with allow_stale.",
        plan.Number);

    public static Refusal BeingApplied(StoredPlan plan) => Named(
        RefusalKind.Aborted,
        "OPERATION_CONFLICT",
        $"{plan.Name} is being applied by operations/op-{plan.Operation}; cancel that or wait for it.",
        plan.Number);

    private static Refusal Named(RefusalKind kind, string reason, string message, ulong plan) =>
        new(kind, reason, message)
        {
            Metadata = new Dictionary<string, string> { ["field"] = "name", ["plan"] = StoredPlan.NameOf(plan) },
        };
}
