using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>A task, its owner and its commits.</summary>
internal sealed class AssignedTask(JobId job, NewTask made)
{
    public TaskId Id { get; } = made.Task;

    public JobId Job { get; } = job;

    public PartitionId Partition { get; } = made.Partition;

    public int Index { get; } = made.Index;

    public RestorePoint Start { get; } = made.Start;

    /// <summary>The state that goes with <see cref="Start"/>: of other tasks' snapshots these key groups. Kept until
    /// the task has a commit of its own.</summary>
    public IReadOnlyList<StateOrigin> Origins { get; } = made.Origins ?? [];

    public Epoch Epoch { get; set; }

    public TaskOwner Owner { get; set; } = TaskOwner.Nobody;

    /// <summary>Empty: nobody owns it.</summary>
    public string Worker => Owner.Worker;

    /// <summary>The last owner before the present one; empty: there was none.</summary>
    public string PreviousWorker { get; set; } = "";

    public AssignReason Reason { get; set; } = AssignReason.Initial;

    public long ReasonUnixMs { get; set; }

    /// <summary>The newest commit; null: none yet.</summary>
    public TaskCommitted? Newest { get; set; }

    /// <summary>The commit before, kept in case that the newest snapshot turns out to be lost.</summary>
    public TaskCommitted? Previous { get; set; }

    /// <summary>Where an operator wants it; null: anywhere.</summary>
    public TaskPin? Pin { get; set; }

    /// <summary>The copy that is to take over; null: it is not moving.</summary>
    public WarmCopy? Transfer { get; set; }

    public RestorePoint Restore => Newest?.Point ?? Start;

    /// <summary>The older of the points that it may be restored from.</summary>
    public RestorePoint OlderRestore
    {
        get
        {
            RestorePoint older = Previous?.Point ?? Start;
            return Transfer is { } copy && copy.Point.Position < older.Position ? copy.Point : older;
        }
    }

    /// <summary>The snapshots that must be kept, newest first.</summary>
    public IReadOnlyList<string> Snapshots =>
    [
        .. new[] { Newest?.Point.SnapshotId, Previous?.Point.SnapshotId, Transfer?.Point.SnapshotId }
            .OfType<string>().Where(id => id.Length > 0).Distinct(),
    ];
}
