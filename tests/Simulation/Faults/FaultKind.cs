namespace Millrace.Simulation.Faults;

/// <summary>What can go wrong.</summary>
internal enum FaultKind
{
    /// <summary>The coordinator's process is killed; its disk and cache stay.</summary>
    KillCoordinator,

    /// <summary>Its machine loses power: unsynced data is kept or lost, sector by sector.</summary>
    CoordinatorPowerCut,

    /// <summary>It dies in the middle of a disk operation to come, torn writes included, with or without the
    /// power.</summary>
    CoordinatorDiesAtDisk,

    /// <summary>A write or sync fails; after a failed sync the data is gone from the cache's debts.</summary>
    DiskFailure,

    /// <summary>Syncs take long for a while.</summary>
    SlowDisk,

    /// <summary>The journal can have no new files for a while.</summary>
    DiskFull,

    /// <summary>A bit of stored data below a durable mark turns over while the coordinator is down.</summary>
    BitFlip,

    KillWorker,

    /// <summary>A worker's machine vanishes: nobody is told.</summary>
    WorkerVanishes,

    /// <summary>A worker is told to stop, drains and comes back later.</summary>
    WorkerDrains,

    PauseWorker,

    PauseCoordinator,

    KillProducer,

    PauseProducer,

    /// <summary>A second process publishes under the id of a living one.</summary>
    SecondProducer,

    /// <summary>One stream breaks.</summary>
    CutStream,

    /// <summary>All streams of one machine break.</summary>
    CutNode,

    /// <summary>One machine cannot be heard, or cannot hear, for a while.</summary>
    BlockOneWay,

    BlockBothWays,

    /// <summary>One machine cannot be heard, or cannot hear, for a great part of the run.</summary>
    LongHold,

    /// <summary>Several machines cannot be heard, one after the other, and come back in another order.</summary>
    ClogMany,

    SlowNetwork,

    /// <summary>The wall clock of a machine jumps.</summary>
    ClockJump,

    /// <summary>An operator moves a task somewhere, and sometimes thinks better of it.</summary>
    MoveTask,

    /// <summary>An operator drains a worker, sometimes cancels that, and opens the worker again later.</summary>
    DrainWorker,

    /// <summary>An operator cordons a worker, and opens it again later; then it takes its share.</summary>
    CordonWorker,

    /// <summary>No fault: an operator asks for a plan that evens out load, and mostly has it carried out.</summary>
    MakePlan,

    /// <summary>No fault: partitions are split or merged.</summary>
    ChangePartitions,

    /// <summary>A stream of a producer breaks and the coordinator's power goes a moment later.</summary>
    CutThenPowerCut,

    /// <summary>The spy of a worker dies alone.</summary>
    KillSpy,

    /// <summary>The spy of a worker is late.</summary>
    PauseSpy,
}
