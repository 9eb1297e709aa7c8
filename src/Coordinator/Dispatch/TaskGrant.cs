using Millrace.Common.Model;

namespace Millrace.Coordinator.Dispatch;

/// <summary>A session's permission to be sent a task's blocks under one epoch.</summary>
internal sealed class TaskGrant(ulong session, TaskId task, Epoch epoch, PartitionId partition)
{
    private volatile bool _ended;

    public ulong Session { get; } = session;

    public TaskId Task { get; } = task;

    public Epoch Epoch { get; } = epoch;

    public PartitionId Partition { get; } = partition;

    /// <summary>Once true it stays so; looked at before every block.</summary>
    public bool Ended => _ended;

    public void End() => _ended = true;
}
