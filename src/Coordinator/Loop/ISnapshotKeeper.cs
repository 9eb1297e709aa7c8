using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Loop;

/// <summary>Deletes the snapshots of tasks that no commit needs any more. Called on the loop: returns at
/// once.</summary>
internal interface ISnapshotKeeper
{
    /// <param name="snapshotIds">What restores of the task may want from now on; older ones of it go, sooner or
    /// later.</param>
    void Keep(TaskId task, IReadOnlyList<string> snapshotIds);

    /// <summary>Everything of the task goes, sooner or later.</summary>
    void Drop(TaskId task);
}

/// <summary>Writes control snapshots, away from the loop.</summary>
internal interface IControlSnapshots
{
    /// <summary>The older of the two that are kept: the journal is needed from here on.</summary>
    ulong OlderPosition { get; }

    /// <summary>Position of the newest, also when an earlier life wrote it; 0: there is none.</summary>
    ulong NewestPosition { get; }

    /// <summary>Takes a snapshot whose position is durable. False: still busy with the last one.</summary>
    bool TryWrite(ControlSnapshot snapshot);
}
