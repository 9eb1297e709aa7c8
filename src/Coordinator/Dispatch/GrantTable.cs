using Millrace.Common.Model;

namespace Millrace.Coordinator.Dispatch;

/// <summary>Who may be sent what, as the machine decided. Safe to use from any thread; nothing here waits.</summary>
internal sealed class GrantTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TaskId, TaskGrant> _current = [];

    /// <summary>Ends the task's grant of a lower epoch, or of the same one to another session.</summary>
    public void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition)
    {
        lock (_gate)
        {
            if (_current.TryGetValue(task, out TaskGrant? old))
            {
                if (old.Epoch > epoch || (old.Epoch == epoch && old.Session == session))
                {
                    return;
                }

                old.End();
            }

            _current[task] = new TaskGrant(session, task, epoch, partition);
        }
    }

    public void Stop(TaskId task, Epoch below)
    {
        lock (_gate)
        {
            if (_current.TryGetValue(task, out TaskGrant? old) && old.Epoch < below)
            {
                old.End();
                _current.Remove(task);
            }
        }
    }

    /// <summary>Null: the session has no such permission, or not any more.</summary>
    public TaskGrant? Find(ulong session, TaskId task, Epoch epoch)
    {
        lock (_gate)
        {
            return _current.TryGetValue(task, out TaskGrant? grant) && grant.Session == session && grant.Epoch == epoch
                ? grant
                : null;
        }
    }
}
