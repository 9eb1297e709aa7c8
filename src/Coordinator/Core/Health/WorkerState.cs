namespace Millrace.Coordinator.Core.Health;

/// <summary>What is known about a worker's life. Never durable: after a restart it is learnt anew.</summary>
internal enum WorkerState
{
    Alive = 1,

    /// <summary>Late, paused or cut off: keeps what it has, gets nothing new.</summary>
    Suspect = 2,

    /// <summary>Given up.</summary>
    Lost = 3,

    /// <summary>Said goodbye.</summary>
    Left = 4,

    /// <summary>Its heartbeats arrive, but its tasks do not advance while input waits: keeps what it has, gets nothing
    /// new.</summary>
    Stalled = 5,
}

/// <summary>Why a worker is in its state, in stable words.</summary>
internal static class HealthReasons
{
    public const string Registered = "REGISTERED";
    public const string HeartbeatsArrive = "HEARTBEATS_ARRIVE";
    public const string HeartbeatLate = "HEARTBEAT_LATE";
    public const string StreamBroken = "STREAM_BROKEN";
    public const string CoordinatorRestarted = "COORDINATOR_RESTARTED";
    public const string Goodbye = "GOODBYE";

    /// <summary>The spy says that the process is stopped.</summary>
    public const string ProcessStopped = "PROCESS_STOPPED";

    /// <summary>The spy says that the process lives, but it does not beat.</summary>
    public const string ProcessPaused = "PROCESS_PAUSED";

    /// <summary>The spy or the supervisor says that the process has ended.</summary>
    public const string ProcessGone = "PROCESS_GONE";

    /// <summary>Known to be paused for longer than that is waited for.</summary>
    public const string PausedTooLong = "PAUSED_TOO_LONG";

    /// <summary>Silent for a whole lease.</summary>
    public const string LeaseExpired = "LEASE_EXPIRED";

    /// <summary>Both the worker and its spy are silent for longer than they ever are.</summary>
    public const string SilentWithSpy = "SILENT_WITH_SPY";

    /// <summary>It would be given up by now, but the coordinator doubts itself.</summary>
    public const string EvictionsHeld = "EVICTIONS_HELD";

    /// <summary>Input waits, and nothing is done about it.</summary>
    public const string NoProgress = "NO_PROGRESS";
}
