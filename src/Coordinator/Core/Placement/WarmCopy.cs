using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>A worker's copy of a task that another one owns: restored, following the events, never committing or
/// answering, until it takes over under the epoch that is set aside for it.</summary>
/// <param name="Point">What it started from.</param>
/// <param name="Reason">Why the task is to move.</param>
/// <param name="Operation">The operation that wants it; 0: none.</param>
internal sealed record WarmCopy(
    Epoch Epoch, TaskOwner Owner, RestorePoint Point, AssignReason Reason, ulong Operation, long UnixMs)
{
    public WarmCopyDto ToDto() =>
        new(Epoch.Value, Owner.Worker, Owner.Incarnation, Point, (int)Reason, Operation, UnixMs);

    public static WarmCopy? Of(WarmCopyDto? dto) => dto is null
        ? null
        : new WarmCopy(
            new Epoch(dto.Epoch),
            new TaskOwner(dto.Worker, dto.WorkerIncarnation),
            dto.Point,
            (AssignReason)dto.Reason,
            dto.Operation,
            dto.UnixMs);
}

/// <summary>A warm copy as plain values.</summary>
internal sealed record WarmCopyDto(
    ulong Epoch, string Worker, ulong WorkerIncarnation, RestorePoint Point, int Reason, ulong Operation, long UnixMs);
