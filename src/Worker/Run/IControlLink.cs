using Millrace.Worker.Core;

namespace Millrace.Worker.Run;

/// <summary>The sending half of the control stream.</summary>
internal interface IControlLink
{
    /// <summary>Queues a message for the open session; drops it when there is none. Returns at once.</summary>
    void Send(SessionMessage message);
}
