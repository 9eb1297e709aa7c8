using Millrace.Common.Model;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Views;

internal enum AssignmentState
{
    Unassigned = 1,
    Restoring = 2,
    Running = 3,
    Paused = 4,

    /// <summary>It stands still at an event that it cannot apply.</summary>
    Failed = 10,
}

/// <param name="Worker">The owner; empty: none.</param>
/// <param name="Session">The owner's control stream; 0: none now.</param>
/// <param name="PreviousWorker">The owner before; empty: none.</param>
/// <param name="AppliedOffset">Offset of the next event to apply, as last reported; at least what is committed.</param>
/// <param name="FirstEventUs">Microseconds from grant to the first event applied, as reported; 0 until then.</param>
/// <param name="Pin">Where an operator wants it; null: anywhere.</param>
/// <param name="MovingTo">The worker that makes a warm copy to take it over; empty: none.</param>
/// <param name="LastDataEnd">End of the last frame with events of the partition.</param>
internal sealed record AssignmentView(
    TaskId Task,
    string Job,
    string Stage,
    string Topic,
    PartitionId Partition,
    int Index,
    string Worker,
    ulong Session,
    string PreviousWorker,
    AssignmentState State,
    AssignReason Reason,
    long ReasonUnixMs,
    Epoch Epoch,
    ulong CommittedOffset,
    ulong CommittedPosition,
    ulong NextOffset,
    ulong AppliedOffset,
    ulong StateBytes,
    ulong FirstEventUs,
    ulong LastDataEnd,
    TaskPin? Pin,
    string MovingTo)
{
    /// <summary>Where it stands still; null: nowhere.</summary>
    public StoppedEvent? Stopped { get; init; }

    /// <summary>Events stored and not reported as applied.</summary>
    public ulong LagEvents => NextOffset - AppliedOffset;

    /// <summary>By epoch.</summary>
    public IReadOnlyList<StandbyView> Standbys { get; init; } = [];
}

/// <summary>A warm copy that takes over when the owner is lost.</summary>
/// <param name="Epoch">Set aside for it.</param>
/// <param name="IsFollowing">It has loaded its state and follows the events.</param>
/// <param name="AppliedOffset">Offset of the next event to apply, as last reported.</param>
internal sealed record StandbyView(
    string Worker, Epoch Epoch, bool IsFollowing, ulong AppliedOffset, ulong NextOffset);
