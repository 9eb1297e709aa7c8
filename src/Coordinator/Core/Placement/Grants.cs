using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>What a worker is told of a task that it owns.</summary>
internal static class Grants
{
    /// <summary>What a worker is told of a warm copy that it is to keep.</summary>
    public static Assign OfCopy(CoordinatorState state, AssignedTask task, WarmCopy copy, bool confirmed) =>
        Of(state, task, confirmed) with
        {
            Epoch = copy.Epoch,
            Restore = copy.Point,
            Origins = OriginsOf(task, copy.Point, null),
            Older = null,
            Verdicts = state.DeadLetters.VerdictsOf(task.Id, from: 0),
            Warm = true,
            Careful = false,
            Standby = copy.IsStandby,
        };

    /// <param name="confirmed">The worker holds it under this epoch already.</param>
    public static Assign Of(CoordinatorState state, AssignedTask task, bool confirmed)
    {
        Job job = state.Jobs.Get(task.Job);
        Topic topic = state.Topics.Get(job.Topic);
        Partition partition = state.Topics.Get(task.Partition);
        RestorePoint? older = task.Newest is null ? null : task.OlderCommit;
        return new Assign(
            task.Id,
            task.Epoch,
            job.Name,
            job.Stage,
            job.Operator,
            topic.Name,
            task.Partition,
            task.Index,
            partition.KeyGroups,
            topic.Route.KeyGroupCount,
            task.Restore,
            confirmed,
            topic.Route.Partitioner.Function)
        {
            Origins = OriginsOf(task, task.Restore, older),
            Older = older,
            Verdicts = state.DeadLetters.VerdictsOf(task.Id, (older ?? task.Restore).NextOffset),
            Careful = IsCareful(state, task),
            End = EndOf(state, partition),
        };
    }

    /// <summary>One of its events may take workers down. That it stands still at one that did is durable, so that none
    /// is lost to it again.</summary>
    public static bool IsCareful(CoordinatorState state, AssignedTask task) =>
        task.IsCareful || state.DeadLetters.StoppedAt(task.Id) is { TookProcessDown: true };

    /// <summary>What goes with a point that names no snapshot of the task's own.</summary>
    private static IReadOnlyList<StateOrigin> OriginsOf(
        AssignedTask task, RestorePoint point, RestorePoint? older) =>
        point.SnapshotId.Length == 0 || older?.SnapshotId.Length == 0 ? task.Origins : [];

    /// <summary>Where a sealed partition ends; null: it is open, or will be sealed by the frame that is open
    /// now.</summary>
    public static TaskEnd? EndOf(CoordinatorState state, Partition partition) =>
        partition.SealedAt > 0
            ? new TaskEnd(partition.SealedAt, state.Partitions.Get(partition.Id).NextOffset)
            : null;
}
