namespace Millrace.Worker.Run;

/// <summary>What every run loop speaks to.</summary>
internal sealed record RunPorts(
    IWorkerInbox Inbox,
    IBlockSource Blocks,
    ICheckpointQueue Checkpoints,
    LeaseGate Gate,
    WorkerClock Clock);
