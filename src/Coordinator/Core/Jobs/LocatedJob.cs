using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>Result of <see cref="LocateJob"/>: where questions about a job's state go.</summary>
/// <param name="Tasks">By partition index; each key group is some one's.</param>
internal sealed record LocatedJob(
    string Name,
    string Operator,
    string Stage,
    TopicRoute Topic,
    IReadOnlyList<LocatedTask> Tasks)
{
    /// <summary>Who answers for a key group: while a partition is being replaced, the tasks of the old ones, until
    /// those of the new ones have started.</summary>
    public LocatedTask TaskOf(int keyGroup) => Tasks.First(t => t.KeyGroups.Contains(keyGroup));
}

/// <param name="Worker">Empty: nobody owns it.</param>
/// <param name="Session">The owner's control stream; 0: it has none now.</param>
/// <param name="LastDataEnd">End of the last frame with events of the task's key groups: one that has applied it has
/// seen everything there is.</param>
/// <param name="SealedAt">The task sees nothing after this position, whatever it has come to; 0: its partition is
/// open.</param>
internal sealed record LocatedTask(
    TaskId Task,
    PartitionId Partition,
    int Index,
    KeyGroupRange KeyGroups,
    Epoch Epoch,
    string Worker,
    ulong Session,
    ulong LastDataEnd,
    ulong SealedAt);
