using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>Result: <see cref="Changed"/> with the plan's name.</summary>
/// <param name="Strategy">Empty: the cluster's.</param>
/// <param name="MaxMoves">0: as the policy says.</param>
/// <param name="MaxStateBytes">0: as the policy says.</param>
/// <param name="IgnoreCooldown">Tasks that have just been moved may move again.</param>
internal sealed record CreatePlan(
    long Call,
    string Strategy,
    bool Full,
    int MaxMoves,
    long MaxStateBytes,
    bool IgnoreCooldown,
    Request? Request,
    bool ValidateOnly) : OperatorChange(Call, "", Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the operation's name.</summary>
/// <param name="MaxMoves">Moves at a time; 0: as many as workers take.</param>
/// <param name="AllowStale">Also when tasks have changed hands since; those are left where they are.</param>
internal sealed record ApplyPlan(
    long Call, ulong Plan, int MaxMoves, bool AllowStale, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, "", Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the plan's name.</summary>
internal sealed record DeletePlan(long Call, ulong Plan, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, "", Request, ValidateOnly);

/// <summary>Result: <see cref="Changed"/> with the strategy's name.</summary>
/// <param name="Strategy">Null: as it is.</param>
/// <param name="Automatic">Null: as it is.</param>
internal sealed record UpdateRebalancePolicy(
    long Call, string? Strategy, bool? Automatic, Request? Request, bool ValidateOnly)
    : OperatorChange(Call, "", Request, ValidateOnly);

/// <summary>Result: <see cref="PlanViews"/>.</summary>
internal sealed record InspectPlans(long Call) : OperatorInput(Call);

/// <summary>Result: <see cref="PolicyView"/>.</summary>
internal sealed record InspectRebalancePolicy(long Call) : OperatorInput(Call);

/// <summary>Result: <see cref="Explanation"/>.</summary>
internal sealed record ExplainTask(long Call, TaskName Task) : OperatorInput(Call);

internal sealed record PlanView(StoredPlan Plan, PlanState State);

/// <summary>Newest first.</summary>
internal sealed record PlanViews(IReadOnlyList<PlanView> All);

/// <param name="Decision">What the automatic rebalancer last decided, a stable word.</param>
/// <param name="Message">Why, in words.</param>
internal sealed record PolicyView(
    string Strategy,
    bool Automatic,
    double Start,
    double Stop,
    string Decision,
    string Message,
    long DecisionUnixMs,
    double Imbalance);

/// <param name="Reason">A stable word.</param>
/// <param name="Evidence">What was seen.</param>
/// <param name="Suggestion">What would change it; empty: nothing needs to.</param>
internal sealed record Finding(string Reason, string Evidence, string Suggestion);

/// <param name="Score">How much it would be used with the task, over the cluster's mean; lower is better.</param>
/// <param name="WhyNot">Why it can not have the task; empty: it could.</param>
internal sealed record ExplainedCandidate(string Worker, double Score, double Capacity, int Tasks, string WhyNot);

internal sealed record Explanation(
    TaskName Task,
    double LoadShare,
    double EventsPerSecond,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<ExplainedCandidate> Candidates);
