using Millrace.Common.Model;

namespace Millrace.Worker.Core.Tasks;

/// <summary>How far a task has come.</summary>
/// <param name="FirstEventUs">Microseconds from the grant to the first event applied under this epoch; 0 until
/// then.</param>
/// <param name="BusyUs">Microseconds spent on its events since the grant.</param>
internal sealed record TaskStanding(
    TaskId Task,
    Epoch Epoch,
    TaskPhase Phase,
    ulong Position,
    ulong NextOffset,
    long StateBytes,
    ulong FirstEventUs,
    ulong BusyUs = 0);

/// <summary>What a task is doing; the numbers are those of the protocol.</summary>
internal enum TaskPhase
{
    /// <summary>Fetches its snapshot.</summary>
    Restoring = 1,

    /// <summary>Applies events.</summary>
    Running = 2,

    /// <summary>Keeps its state and applies nothing, because the lease ended.</summary>
    Paused = 3,

    /// <summary>Follows the owner of the task.</summary>
    Warm = 4,
}
