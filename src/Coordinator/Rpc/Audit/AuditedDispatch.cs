using Millrace.Common.Model;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Rpc.Audit;

/// <summary>Shows every durable frame to the audit before workers can see it, so that their commits find it there.</summary>
internal sealed class AuditedDispatch(IDispatch dispatch, JournalAudit audit) : IDispatch
{
    public void Durable(SealedFrame frame)
    {
        audit.Durable(frame.Facts);
        dispatch.Durable(frame);
    }

    public void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition) =>
        dispatch.Grant(session, task, epoch, partition);

    public void Stop(TaskId task, Epoch belowEpoch) => dispatch.Stop(task, belowEpoch);
}
