using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Snapshots;

/// <summary>The way to the coordinator for large things.</summary>
internal interface IBulkCalls
{
    /// <summary>Null: no session is open.</summary>
    WorkerProtocolService.WorkerProtocolServiceClient? Bulk { get; }
}
