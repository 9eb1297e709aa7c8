using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>Result of <see cref="LocateJob"/>: where questions about a job's state go.</summary>
/// <param name="Tasks">By partition index, which is how <paramref name="Topic"/> routes keys.</param>
internal sealed record LocatedJob(
    string Name,
    string Operator,
    string Stage,
    TopicRoute Topic,
    IReadOnlyList<LocatedTask> Tasks);

/// <param name="Worker">Empty: nobody owns it.</param>
/// <param name="Session">The owner's control stream; 0: it has none now.</param>
/// <param name="LastDataEnd">End of the last frame with events of the partition: a task that has applied it has seen
/// everything there is.</param>
internal sealed record LocatedTask(
    TaskId Task,
    PartitionId Partition,
    int Index,
    Epoch Epoch,
    string Worker,
    ulong Session,
    ulong LastDataEnd);
