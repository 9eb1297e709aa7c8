using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Run;

/// <summary>Takes captured states to be stored in the background.</summary>
internal interface ICheckpointQueue
{
    /// <summary>False: too many wait already; the caller keeps the capture.</summary>
    bool TryAdd(TaskCapture capture);
}
