using Millrace.Common.Keys;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>What a worker is told of a task that it owns.</summary>
internal static class Grants
{
    /// <summary>What a worker is told of a warm copy that it is to keep.</summary>
    public static Assign OfCopy(CoordinatorState state, AssignedTask task, bool confirmed) =>
        Of(state, task, confirmed) with
        {
            Epoch = task.Transfer!.Epoch,
            Restore = task.Transfer.Point,
            Warm = true,
        };

    /// <param name="confirmed">The worker holds it under this epoch already.</param>
    public static Assign Of(CoordinatorState state, AssignedTask task, bool confirmed)
    {
        Job job = state.Jobs.Get(task.Job);
        TopicRoute route = state.Topics.Get(job.Topic).Route;
        return new Assign(
            task.Id,
            task.Epoch,
            job.Name,
            job.Stage,
            job.Operator,
            route.Name,
            task.Partition,
            task.Index,
            KeyGroups.Range(task.Index, route.Partitions.Length, route.KeyGroupCount),
            route.KeyGroupCount,
            task.Restore,
            confirmed,
            route.Partitioner.Function);
    }
}
