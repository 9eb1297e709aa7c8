using Millrace.Common.Model;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Loop;

/// <summary>Brings durable frames to the workers that own their partitions. Called on the loop: must return at
/// once.</summary>
internal interface IDispatch
{
    /// <summary>A frame is durable. The sink takes a reference of its own if it keeps it.</summary>
    void Durable(SealedFrame frame);

    /// <summary>Partitions may have ended: who follows one looks again.</summary>
    void RoutingChanged();

    /// <summary>From now on this worker's session may subscribe to the task under this epoch, and nobody under a lower
    /// one; to a warm copy besides the owner, who goes on.</summary>
    void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition, bool warm = false);

    /// <summary>The subscription of a warm copy that is given up ends.</summary>
    void StopCopy(TaskId task, Epoch epoch);

    /// <summary>Subscriptions to the task under a lower epoch end.</summary>
    void Stop(TaskId task, Epoch belowEpoch);
}
