using Millrace.Common.Model;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Tasks;

/// <summary>A task at the end of a frame: everything that a checkpoint needs. Whoever holds it disposes the state.</summary>
internal sealed record TaskCapture(TaskId Task, Epoch Epoch, SnapshotHeader Header, IFrozenState State)
{
    /// <summary>The restore point that this capture becomes when its snapshot is stored under a name.</summary>
    public Checkpoint At(string snapshotId) =>
        new(Task, Epoch, new RestorePoint(snapshotId, Header.Position, Header.NextOffset, Header.HashSum), Header.Outputs);

    /// <summary>The snapshot's name: never used for anything else, so that it can never be overwritten.</summary>
    public string SnapshotId(ulong contentHash) =>
        $"t{Task.Value}-e{Epoch.Value}-p{Header.Position}-{contentHash:x16}";
}

/// <summary>A stored snapshot on its way to be committed.</summary>
internal sealed record Checkpoint(TaskId Task, Epoch Epoch, RestorePoint Point, IReadOnlyList<OutputMark> Outputs);
