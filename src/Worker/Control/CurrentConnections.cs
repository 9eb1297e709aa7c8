using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Snapshots;

namespace Millrace.Worker.Control;

/// <summary>The connections of the session that is open now, for those that live longer than a session.</summary>
internal sealed class CurrentConnections : IBulkCalls
{
    private volatile Connections? _now;

    public WorkerProtocolService.WorkerProtocolServiceClient? Bulk => _now?.Bulk;

    public void Set(Connections? connections) => _now = connections;
}
