namespace Millrace.Chaos;

/// <summary>What is done to a running cluster. Names as in the JSON, in snake case.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a worker, started again at once.</summary>
    KillWorker,

    /// <summary>kill -9 of the coordinator, started again at once.</summary>
    KillCoordinator,

    /// <summary>kill -9 of the coordinator and a worker in the same instant.</summary>
    KillBoth,

    /// <summary>SIGSTOP of a worker for longer than its lease, then SIGCONT: a zombie wakes.</summary>
    PauseWorker,

    /// <summary>SIGSTOP of a worker for less than its lease: it must keep its tasks.</summary>
    PauseWorkerBriefly,

    /// <summary>SIGSTOP of the coordinator: nobody may be evicted for its own absence.</summary>
    PauseCoordinator,

    /// <summary>Every connection of a worker is reset; it must be back before anybody gives it up.</summary>
    ResetLink,

    /// <summary>No byte passes either way for longer than the lease; connections stay open.</summary>
    CutLink,

    /// <summary>As a cut, but only what the worker says is lost.</summary>
    CutLinkUp,

    /// <summary>As a cut, but only what the coordinator says is lost.</summary>
    CutLinkDown,

    /// <summary>Each piece of data waits 100 to 200 ms for some seconds.</summary>
    SlowLink,
}
