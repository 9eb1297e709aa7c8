namespace Millrace.Chaos.Injection;

/// <summary>What is done to a running cluster. Names as in the JSON, in snake case.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a worker, started again at once.</summary>
    KillWorker,

    /// <summary>kill -9 of the coordinator, started again at once.</summary>
    KillCoordinator,

    /// <summary>kill -9 of the coordinator and a worker in the same instant.</summary>
    KillBoth,

    /// <summary>SIGSTOP of a worker for two thirds of the lease of the paused: it must keep its tasks.</summary>
    PauseWorker,

    /// <summary>SIGSTOP of a worker until its tasks are elsewhere, then SIGCONT: a zombie wakes.</summary>
    StopWorker,

    /// <summary>A worker gets a tenth of the time that it asks for, for some seconds.</summary>
    StarveWorker,

    /// <summary>SIGSTOP of the coordinator: nobody may be evicted for its own absence.</summary>
    PauseCoordinator,

    /// <summary>Every connection of a worker is reset; it must be back before anybody gives it up.</summary>
    ResetLink,

    /// <summary>No byte passes either way through the relay; connections stay open.</summary>
    CutLink,

    /// <summary>As a cut, but only what the worker says is lost.</summary>
    CutLinkUp,

    /// <summary>As a cut, but only what the coordinator says is lost.</summary>
    CutLinkDown,

    /// <summary>Each piece of data waits 100 to 200 ms for some seconds.</summary>
    SlowLink,

    /// <summary>Each piece of data of every worker waits 0 to 500 ms for some seconds: nobody may be given
    /// up.</summary>
    Jitter,

    /// <summary>The worker's network device is down until its tasks are elsewhere.</summary>
    NetCut,

    /// <summary>The worker has no way to the coordinator, but hears it.</summary>
    NetCutUp,

    /// <summary>The coordinator has no way to the worker, but hears it.</summary>
    NetCutDown,

    /// <summary>The worker's machine vanishes: device down, then kill -9, so that nobody sees a connection
    /// close.</summary>
    NetVanish,

    /// <summary>The worker's network comes and goes every 200 ms.</summary>
    NetFlap,

    /// <summary>256 kbit/s both ways for some seconds: heartbeats must get through.</summary>
    NetSlow,

    /// <summary>A tenth of all packets to the worker is lost, for some seconds.</summary>
    NetLoss,

    /// <summary>The coordinator's disk loses power: what was not synced is gone.</summary>
    PowerCut,

    /// <summary>One bit of one file is flipped while the coordinator is down.</summary>
    BitFlip,

    /// <summary>The coordinator's disk is full for some seconds.</summary>
    NoSpace,

    /// <summary>Each sync of the journal takes half a second more, for some seconds.</summary>
    SlowSync,

    /// <summary>A sync of the journal fails: the coordinator must end itself, and is started again.</summary>
    FailedSync,
}
