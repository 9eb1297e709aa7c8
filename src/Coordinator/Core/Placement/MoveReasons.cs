namespace Millrace.Coordinator.Core.Placement;

/// <summary>The reasons of moves as stable words.</summary>
internal static class MoveReasons
{
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
        _ => "UNKNOWN",
    };
}
