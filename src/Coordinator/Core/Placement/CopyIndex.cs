namespace Millrace.Coordinator.Core.Placement;

/// <summary>Which tasks have warm copies, and where. Follows from the tasks.</summary>
internal sealed class CopyIndex
{
    private readonly SortedDictionary<ulong, AssignedTask> _copied = [];
    private readonly SortedDictionary<ulong, AssignedTask> _moving = [];
    private readonly Dictionary<TaskOwner, SortedDictionary<ulong, AssignedTask>> _byOwner = [];

    /// <summary>By task number. Not to be walked while copies begin or end.</summary>
    public IReadOnlyCollection<AssignedTask> All => _copied.Values;

    /// <summary>Those with a copy that is to take over, by task number. Not to be walked while copies begin or
    /// end.</summary>
    public IReadOnlyCollection<AssignedTask> Moving => _moving.Values;

    /// <summary>Those that this worker has a copy of, by task number. Not to be walked while copies begin or
    /// end.</summary>
    public IReadOnlyCollection<AssignedTask> On(TaskOwner owner) =>
        _byOwner.TryGetValue(owner, out SortedDictionary<ulong, AssignedTask>? tasks) ? tasks.Values : [];

    public void Set(AssignedTask task, IReadOnlyList<WarmCopy> copies)
    {
        foreach (WarmCopy copy in task.Copies)
        {
            if (_byOwner.TryGetValue(copy.Owner, out SortedDictionary<ulong, AssignedTask>? tasks)
                && tasks.Remove(task.Id.Value)
                && tasks.Count == 0)
            {
                _byOwner.Remove(copy.Owner);
            }
        }

        task.Copies = copies;
        foreach (WarmCopy copy in copies)
        {
            if (!_byOwner.TryGetValue(copy.Owner, out SortedDictionary<ulong, AssignedTask>? tasks))
            {
                _byOwner.Add(copy.Owner, tasks = []);
            }

            tasks[task.Id.Value] = task;
        }

        List(_copied, task, copies.Count > 0);
        List(_moving, task, task.Transfer is not null);
    }

    private static void List(SortedDictionary<ulong, AssignedTask> tasks, AssignedTask task, bool listed)
    {
        if (listed)
        {
            tasks[task.Id.Value] = task;
        }
        else
        {
            tasks.Remove(task.Id.Value);
        }
    }
}
