namespace Millrace.Coordinator.Core.Health;

/// <summary>What is known about a worker's life. Never durable: after a restart it is learnt anew.</summary>
internal enum WorkerState
{
    Alive = 1,

    /// <summary>Late or cut off: keeps what it has, gets nothing new.</summary>
    Suspect = 2,

    /// <summary>Given up.</summary>
    Lost = 3,

    /// <summary>Said goodbye.</summary>
    Left = 4,
}

/// <summary>Why a worker is in its state, in stable words.</summary>
internal static class HealthReasons
{
    public const string Registered = "REGISTERED";
    public const string HeartbeatsArrive = "HEARTBEATS_ARRIVE";
    public const string HeartbeatLate = "HEARTBEAT_LATE";
    public const string StreamBroken = "STREAM_BROKEN";
    public const string LeaseExpired = "LEASE_EXPIRED";
    public const string CoordinatorRestarted = "COORDINATOR_RESTARTED";
    public const string Goodbye = "GOODBYE";
}
