using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Crashes;

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

    /// <summary>The last commit before that does not need any snapshot that the newest one needs: kept in case that one
    /// of those turns out to be lost.</summary>
    public TaskCommitted? Previous { get; set; }

    /// <summary>Where an operator wants it; null: anywhere.</summary>
    public TaskPin? Pin { get; set; }

    /// <summary>By epoch; all above its own, at most one a worker, none on the owner's.</summary>
    public IReadOnlyList<WarmCopy> Copies { get; set; } = [];

    /// <summary>The copy that is to take over; null: it is not moving.</summary>
    public WarmCopy? Transfer => Copies.FirstOrDefault(c => !c.IsStandby);

    public IEnumerable<WarmCopy> Standbys => Copies.Where(c => c.IsStandby);

    /// <summary>What is known of owners that ended without a word; null: nothing. Live only.</summary>
    public CrashTrail? Trail { get; set; }

    /// <summary>Suspected by that.</summary>
    public bool IsCareful => Trail?.IsCareful == true;

    public RestorePoint Restore => Newest?.Point ?? Start;

    /// <summary>What is left if the newest snapshot turns out to be lost.</summary>
    public RestorePoint OlderCommit => Previous?.Point ?? Start;

    /// <summary>The oldest of the points that it, or a copy of it, may be restored from.</summary>
    public RestorePoint OlderRestore =>
        Copies.Where(c => !c.IsLoaded).Select(c => c.Point).Append(OlderCommit).MinBy(p => p.Position)!;

    /// <summary>The snapshots that must be kept, newest first.</summary>
    public IReadOnlyList<string> Snapshots =>
    [
        .. new[] { Newest?.Point, Previous?.Point }.Concat(Copies.Where(c => !c.IsLoaded).Select(c => c.Point))
            .Select(point => point?.SnapshotId ?? "").Where(id => id.Length > 0).Distinct(),
    ];
}
