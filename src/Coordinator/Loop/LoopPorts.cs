using Microsoft.Extensions.Logging;

namespace Millrace.Coordinator.Loop;

/// <summary>What the loop reaches the outside through.</summary>
/// <param name="Fatal">Ends the process: what failed cannot be gone on from.</param>
internal sealed record LoopPorts(
    IDispatch Dispatch,
    ISnapshotKeeper Snapshots,
    IControlSnapshots ControlSnapshots,
    TimeProvider Time,
    Action<string, Exception> Fatal,
    ILogger Log);
