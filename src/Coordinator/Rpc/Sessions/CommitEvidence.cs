using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Audit;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>Finds out what the core must know to judge a commit: is the snapshot durable, and what did the journal
/// hold?</summary>
internal sealed class CommitEvidence(ISnapshotStore snapshots, JournalAudit audit)
{
    /// <summary>May read the journal.</summary>
    public CommitRequested Gather(
        Proto.Commit commit,
        string worker,
        ulong session,
        IReadOnlyList<TopicSequence> outputs,
        SessionQueue grants)
    {
        var task = new TaskId(commit.TaskId);
        PartitionAudit? found = null;
        if (grants.Grants.TryGetValue(task, out Granted granted))
        {
            found = audit.Find(granted.Partition, commit.Position, granted.Position);
            if (found is not null)
            {
                grants.Grants[task] = granted with { Position = commit.Position };
            }
        }

        SnapshotName? name = Stored(commit);
        return new CommitRequested(
            worker,
            session,
            commit.CommitId,
            task,
            new Epoch(commit.Epoch),
            WorkerMessages.PointOf(commit),
            outputs,
            name is not null,
            found,
            name is { } stored ? snapshots.BaseOf(stored)?.ToString() : null);
    }

    /// <summary>Null: it is not stored, or not named rightly.</summary>
    private SnapshotName? Stored(Proto.Commit commit) =>
        SnapshotName.TryParse(commit.SnapshotId, out SnapshotName name)
        && name.Task.Value == commit.TaskId
        && name.Epoch.Value == commit.Epoch
        && name.Position == commit.Position
        && snapshots.IsDurable(name)
            ? name
            : null;
}
