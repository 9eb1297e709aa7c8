namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>How the cluster places tasks from now on.</summary>
/// <param name="Automatic">Load is evened out without being asked for.</param>
internal sealed record RebalancePolicyChanged(string Strategy, bool Automatic, Request? Request, long UnixMs)
    : ControlRecord;

internal sealed record PlanCreated(StoredPlan Plan, Request? Request, long UnixMs) : ControlRecord;

/// <summary>An operation begins that does what a plan says.</summary>
/// <param name="MaxMoves">Moves at a time.</param>
internal sealed record PlanApplied(
    ulong Plan, ulong Operation, int Steps, int MaxMoves, Request? Request, long UnixMs) : ControlRecord;

internal sealed record PlanDeleted(ulong Plan, Request? Request, long UnixMs) : ControlRecord;
