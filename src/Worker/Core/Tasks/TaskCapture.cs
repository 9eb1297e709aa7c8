using Millrace.Common.Model;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Tasks;

/// <summary>A task at the end of a frame: everything that a checkpoint needs. Whoever holds it disposes the
/// state.</summary>
internal sealed record TaskCapture(TaskId Task, Epoch Epoch, SnapshotHeader Header, IFrozenState State)
{
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
