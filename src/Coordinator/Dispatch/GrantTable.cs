using Millrace.Common.Model;

namespace Millrace.Coordinator.Dispatch;

/// <summary>Who may be sent what, as the machine decided. Safe to use from any thread; nothing here waits.</summary>
internal sealed class GrantTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TaskId, TaskGrant> _current = [];
    private readonly Dictionary<TaskId, List<TaskGrant>> _copies = [];

    /// <summary>Ends the task's grant of a lower epoch, or of the same one to another session. A copy that takes over
    /// keeps the grant that it has, and with it its place in the stream; copies under higher epochs follow
    /// on.</summary>
    /// <param name="warm">For a copy besides the owner.</param>
    public void Grant(ulong session, TaskId task, Epoch epoch, PartitionId partition, bool warm = false)
    {
        lock (_gate)
        {
            var grant = new TaskGrant(session, task, epoch, partition);
            if (warm)
            {
                PutCopy(grant);
                return;
            }

            TaskGrant? copy = FindCopy(task, epoch);
            if (copy?.Session == session)
            {
                grant = copy;
                _copies[task].Remove(copy);
            }

            EndCopies(task, c => c.Epoch <= epoch);
            PutCurrent(grant);
        }
    }

    /// <summary>Ends the grant of a copy that is given up.</summary>
    public void StopCopy(TaskId task, Epoch epoch)
    {
        lock (_gate)
        {
            EndCopies(task, c => c.Epoch == epoch);
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

            EndCopies(task, c => c.Epoch < below);
        }
    }

    /// <summary>Null: the session has no such permission, or not any more.</summary>
    public TaskGrant? Find(ulong session, TaskId task, Epoch epoch)
    {
        lock (_gate)
        {
            TaskGrant? grant = _current.GetValueOrDefault(task);
            grant = grant?.Epoch == epoch ? grant : FindCopy(task, epoch);
            return grant?.Session == session ? grant : null;
        }
    }

    private void PutCurrent(TaskGrant grant)
    {
        if (_current.TryGetValue(grant.Task, out TaskGrant? old))
        {
            if (old.Epoch > grant.Epoch || (old.Epoch == grant.Epoch && old.Session == grant.Session))
            {
                return;
            }

            old.End();
        }

        _current[grant.Task] = grant;
    }

    private void PutCopy(TaskGrant grant)
    {
        if (FindCopy(grant.Task, grant.Epoch)?.Session == grant.Session)
        {
            return;
        }

        EndCopies(grant.Task, c => c.Epoch == grant.Epoch);
        if (!_copies.TryGetValue(grant.Task, out List<TaskGrant>? copies))
        {
            _copies.Add(grant.Task, copies = []);
        }

        copies.Add(grant);
    }

    private TaskGrant? FindCopy(TaskId task, Epoch epoch) =>
        _copies.GetValueOrDefault(task)?.Find(c => c.Epoch == epoch);

    private void EndCopies(TaskId task, Predicate<TaskGrant> over)
    {
        if (!_copies.TryGetValue(task, out List<TaskGrant>? copies))
        {
            return;
        }

        copies.FindAll(over).ForEach(c => c.End());
        if (copies.RemoveAll(over) > 0 && copies.Count == 0)
        {
            _copies.Remove(task);
        }
    }
}
