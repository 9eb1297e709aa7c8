using Millrace.Protocol.Worker.V1;

namespace Millrace.Worker.Control;

/// <summary>Where heartbeats go. Called with the keeper's lock held: must return at once.</summary>
internal interface IHeartbeatSink
{
    void TrySend(Heartbeat heartbeat);

    /// <summary>The session is dead: open another.</summary>
    void GiveUp();
}
