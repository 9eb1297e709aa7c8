using Millrace.Common.Keys;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Jobs;

/// <summary>Who answers for a partition of a job's topic.</summary>
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
    ulong SealedAt)
{
    /// <summary>Of a topic by ranges of keys: its range.</summary>
    public KeyShare? Share { get; init; }
}
