using Millrace.Common.Model;
using Millrace.Coordinator.Core.Operations;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>A worker's copy of a task that another one owns: restored, following the events, never committing or
/// answering, until it takes over under the epoch that is set aside for it. That of a move takes over once it keeps up,
/// a standby when the owner is lost.</summary>
/// <param name="Point">What it started from.</param>
/// <param name="Reason">Why the task is to move; of a standby: that owners get lost.</param>
/// <param name="Operation">The operation that wants it; 0: none.</param>
/// <param name="IsLoaded">Of a standby: <paramref name="Point"/> needs not be kept any more.</param>
internal sealed record WarmCopy(
    Epoch Epoch,
    TaskOwner Owner,
    RestorePoint Point,
    AssignReason Reason,
    ulong Operation,
    long UnixMs,
    bool IsStandby = false,
    bool IsLoaded = false)
{
    public static WarmCopy Of(TaskWarming record) => new(
        record.Epoch,
        new TaskOwner(record.Worker, record.WorkerIncarnation),
        record.Point,
        record.Reason,
        record.Operation,
        record.UnixMs,
        record.Standby);

    public WarmCopyDto ToDto() => new(
        Epoch.Value,
        Owner.Worker,
        Owner.Incarnation,
        Point,
        (int)Reason,
        Operation,
        UnixMs,
        IsStandby,
        IsLoaded);

    public static WarmCopy Of(WarmCopyDto dto) => new(
        new Epoch(dto.Epoch),
        new TaskOwner(dto.Worker, dto.WorkerIncarnation),
        dto.Point,
        (AssignReason)dto.Reason,
        dto.Operation,
        dto.UnixMs,
        dto.IsStandby,
        dto.IsLoaded);
}

/// <summary>A warm copy as plain values.</summary>
internal sealed record WarmCopyDto(
    ulong Epoch,
    string Worker,
    ulong WorkerIncarnation,
    RestorePoint Point,
    int Reason,
    ulong Operation,
    long UnixMs,
    bool IsStandby = false,
    bool IsLoaded = false);
