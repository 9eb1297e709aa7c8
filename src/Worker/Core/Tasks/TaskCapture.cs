using Millrace.Common.Model;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Tasks;

/// <summary>A task at the end of a frame: everything that a checkpoint needs. Whoever holds it disposes the
/// state.</summary>
internal sealed record TaskCapture(TaskId Task, Epoch Epoch, SnapshotHeader Header, IFrozenState State)
{
    /// <summary>The committed snapshot that this one may be encoded on top of; null: it must be whole.</summary>
    public SnapshotLink? Since { get; init; }

    /// <summary>Set when it is encoded; the state then belongs to the task, which may need it for the next
    /// one.</summary>
    public SnapshotLink? Stored { get; set; }

    /// <summary>Of what was stored: the one that it is on top of; null: it is whole.</summary>
    public SnapshotName? Base => Stored is { Links: > 0 } ? Since?.Name : null;

    /// <summary>The restore point that this capture becomes when its snapshot is stored under a name.</summary>
    public Checkpoint StoredAs(SnapshotName name) =>
        new(
            Task,
            Epoch,
            new RestorePoint(name.ToString(), Header.Position, Header.NextOffset, Header.HashSum),
            Header.Outputs);

    public SnapshotName Name(ulong contentHash) => new(Task, Epoch, Header.Position, contentHash);
}

/// <summary>A stored snapshot on its way to be committed.</summary>
internal sealed record Checkpoint(TaskId Task, Epoch Epoch, RestorePoint Point, IReadOnlyList<OutputMark> Outputs);
