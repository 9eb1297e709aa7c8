namespace Millrace.Worker.Run;

/// <summary>What every run loop speaks to.</summary>
internal sealed record RunPorts(
    IWorkerInbox Inbox,
    IBlockSource Blocks,
    ICheckpointQueue Checkpoints,
    LeaseGate Gate,
    WorkerClock Clock)
{
    /// <summary>What each event is made to take; see <see cref="SyntheticCost"/>.</summary>
    public TimeSpan CostPerEvent { get; init; }

    /// <summary>The most snapshots in a row that hold only what has changed.</summary>
    public int MaxSnapshotLinks { get; init; }

    /// <summary>Lets a run loop's thread wait.</summary>
    public Action<TimeSpan> Wait { get; init; } = Thread.Sleep;
}
