namespace Millrace.Coordinator.Core.Placement;

/// <summary>The reasons of moves: as stable words, and what kind they are.</summary>
internal static class MoveReasons
{
    /// <summary>The former owner lives and hands over.</summary>
    public static bool IsPlanned(AssignReason reason) =>
        reason is AssignReason.WorkerJoined or AssignReason.Drain or AssignReason.ManualMove or AssignReason.Rebalance
            or AssignReason.Pin or AssignReason.Isolate;

    public static string Of(AssignReason reason) => reason switch
    {
        AssignReason.Initial => "INITIAL",
        AssignReason.WorkerLost => "WORKER_LOST",
        AssignReason.WorkerJoined => "WORKER_JOINED",
        AssignReason.Drain => "DRAIN",
        AssignReason.Restart => "RESTART",
        AssignReason.CommitMismatch => "AUDIT_MISMATCH",
        AssignReason.ManualMove => "MANUAL_MOVE",
        AssignReason.Rebalance => "REBALANCE",
        AssignReason.Pin => "PIN",
        AssignReason.Isolate => "ISOLATE",
        AssignReason.RestoreTooSlow => "RESTORE_TOO_SLOW",
        _ => "UNKNOWN",
    };
}
