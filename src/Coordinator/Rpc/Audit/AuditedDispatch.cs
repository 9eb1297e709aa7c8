using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Rpc.Audit;

/// <summary>Shows every durable frame to the audit before workers can see it, so that their commits find it there, and
/// logs the cluster events in it.</summary>
internal sealed class AuditedDispatch(IDispatch dispatch, JournalAudit audit, ILogger log) : IDispatch
{
    public void Durable(SealedFrame frame)
    {
        audit.Durable(frame.Facts);
        dispatch.Durable(frame);
        foreach (ControlRecord record in frame.Facts.Records)
        {
            if (record is EventRaised raised)
            {
                log.Happened(LevelOf(raised.Level), raised.Reason, raised.Subject, raised.Message);
            }
        }
    }

    public void RoutingChanged() => dispatch.RoutingChanged();

    public void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition, bool warm = false) =>
        dispatch.Grant(session, task, epoch, partition, warm);

    public void StopCopy(TaskId task, Epoch epoch) => dispatch.StopCopy(task, epoch);

    public void Stop(TaskId task, Epoch belowEpoch) => dispatch.Stop(task, belowEpoch);

    private static LogLevel LevelOf(EventLevel level) => level switch
    {
        EventLevel.Info => LogLevel.Information,
        EventLevel.Warn => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
