using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Views;

/// <param name="StateReason">A stable word.</param>
/// <param name="Session">The newest control stream; 0: none in this life of the coordinator.</param>
/// <param name="Load">Null: no heartbeat yet.</param>
/// <param name="AssignmentCount">Tasks that it owns.</param>
/// <param name="Weight">Share of new work by headroom alone, over all workers 1.</param>
/// <param name="DutyNote">What the operator who changed it noted.</param>
/// <param name="Drain">The operation that drains it; 0: none.</param>
internal sealed record WorkerView(
    string Name,
    ulong Incarnation,
    ulong Session,
    WorkerState State,
    string StateReason,
    long StateUnixMs,
    TimeSpan HeartbeatAge,
    TimeSpan LeaseRemaining,
    WorkerFacts Facts,
    WorkerLoad? Load,
    int AssignmentCount,
    double Weight,
    WorkerDuty Duty,
    string DutyNote,
    ulong Drain)
{
    public WorkerEvidence Evidence { get; init; } = WorkerEvidence.None;

    /// <summary>Null: it is not in quarantine.</summary>
    public TimeSpan? QuarantineLeft { get; init; }

    /// <summary>Standbys that it keeps of other workers' tasks.</summary>
    public int StandbyCount { get; init; }
}
