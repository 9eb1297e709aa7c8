using Millrace.Worker.Core;

namespace Millrace.Worker.Run;

/// <summary>Where everything that the worker's machine must hear goes.</summary>
internal interface IWorkerInbox
{
    /// <summary>Blocks while the inbox is full; for threads of their own.</summary>
    void Post(WorkerInput input);
}
