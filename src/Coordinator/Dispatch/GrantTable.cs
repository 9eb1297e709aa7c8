using Millrace.Common.Model;

namespace Millrace.Coordinator.Dispatch;

/// <summary>Who may be sent what, as the machine decided. Safe to use from any thread; nothing here waits.</summary>
internal sealed class GrantTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TaskId, TaskGrant> _current = [];
    private readonly Dictionary<TaskId, TaskGrant> _copies = [];

    /// <summary>Ends the task's grant of a lower epoch, or of the same one to another session. A copy that takes over
    /// keeps the grant that it has, and with it its place in the stream.</summary>
    /// <param name="warm">For a copy besides the owner.</param>
    public void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition, bool warm = false)
    {
        lock (_gate)
        {
            var grant = new TaskGrant(session, task, epoch, partition);
            if (warm)
            {
                Put(_copies, grant);
                return;
            }

            if (_copies.TryGetValue(task, out TaskGrant? copy) && copy.Epoch <= epoch)
            {
                _copies.Remove(task);
                if (copy.Epoch == epoch && copy.Session == session)
                {
                    grant = copy;
                }
                else
                {
                    copy.End();
                }
            }

            Put(_current, grant);
        }
    }

    /// <summary>Ends the grant of a copy that is given up.</summary>
    public void StopCopy(TaskId task, Epoch epoch)
    {
        lock (_gate)
        {
            End(_copies, task, new Epoch(epoch.Value + 1));
        }
    }

    public void Stop(TaskId task, Epoch below)
    {
        lock (_gate)
        {
            End(_current, task, below);
            End(_copies, task, below);
        }
    }

    /// <summary>Null: the session has no such permission, or not any more.</summary>
    public TaskGrant? Find(ulong session, TaskId task, Epoch epoch)
    {
        lock (_gate)
        {
            return Find(_current, session, task, epoch) ?? Find(_copies, session, task, epoch);
        }
    }

    private static void Put(Dictionary<TaskId, TaskGrant> grants, TaskGrant grant)
    {
        if (grants.TryGetValue(grant.Task, out TaskGrant? old))
        {
            if (old.Epoch > grant.Epoch || (old.Epoch == grant.Epoch && old.Session == grant.Session))
            {
                return;
            }

            old.End();
        }

        grants[grant.Task] = grant;
    }

    private static void End(Dictionary<TaskId, TaskGrant> grants, TaskId task, Epoch below)
    {
        if (grants.TryGetValue(task, out TaskGrant? old) && old.Epoch < below)
        {
            old.End();
            grants.Remove(task);
        }
    }

    private static TaskGrant? Find(
        Dictionary<TaskId, TaskGrant> grants, ulong session, TaskId task, Epoch epoch) =>
        grants.TryGetValue(task, out TaskGrant? grant) && grant.Session == session && grant.Epoch == epoch
            ? grant
            : null;
}
