using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Control;

/// <summary>A session that the coordinator has welcomed.</summary>
/// <param name="Number">The coordinator's number for it.</param>
internal sealed record OpenSession(WorkerIdentity Identity, ulong Number, Connections Connections)
{
    /// <summary>What other streams begin with.</summary>
    public FetchOpen Opening => new()
    {
        Worker = Identity.Name,
        Incarnation = Identity.Incarnation,
        SessionId = Number,
    };
}
