using Millrace.Common.Model;

namespace Millrace.Coordinator.Storage;

/// <summary>Which snapshots are stored, and which of them each one needs. Safe to use from many threads.</summary>
internal sealed class StoredNames
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TaskId, Dictionary<SnapshotName, SnapshotName?>> _tasks = [];

    /// <summary>All, one after the other.</summary>
    public IReadOnlyList<SnapshotName> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _tasks.Values.SelectMany(names => names.Keys)];
            }
        }
    }

    /// <summary>How many there are of a task below a position.</summary>
    public int CountBelow(TaskId task, ulong position)
    {
        lock (_lock)
        {
            return _tasks.GetValueOrDefault(task)?.Keys.Count(name => name.Position < position) ?? 0;
        }
    }

    /// <summary>It is stored, and so is all that it needs.</summary>
    public bool Has(SnapshotName name)
    {
        lock (_lock)
        {
            return IsWhole(name);
        }
    }

    /// <summary>Null: it needs none, or is not stored.</summary>
    public SnapshotName? BaseOf(SnapshotName name)
    {
        lock (_lock)
        {
            return _tasks.GetValueOrDefault(name.Task)?.GetValueOrDefault(name);
        }
    }

    public void Add(SnapshotName name, SnapshotName? needs)
    {
        lock (_lock)
        {
            if (!_tasks.TryGetValue(name.Task, out Dictionary<SnapshotName, SnapshotName?>? names))
            {
                _tasks[name.Task] = names = [];
            }

            names[name] = needs;
        }
    }

    /// <summary>False: it is not stored.</summary>
    /// <param name="useless">Out: those that are stored still and cannot be restored without it.</param>
    public bool Remove(SnapshotName name, out IReadOnlyList<SnapshotName> useless)
    {
        lock (_lock)
        {
            useless = [];
            if (!_tasks.TryGetValue(name.Task, out Dictionary<SnapshotName, SnapshotName?>? names)
                || !names.ContainsKey(name))
            {
                return false;
            }

            SnapshotName[] before = [.. names.Keys.Where(IsWhole)];
            names.Remove(name);
            useless = [.. before.Where(other => other != name && !IsWhole(other))];
            return true;
        }
    }

    /// <summary>Takes out what lies below the newest of those that are kept, and that none of them needs. What is above
    /// it is on its way to be committed.</summary>
    public IReadOnlyList<SnapshotName> TakeAllBut(TaskId task, IReadOnlyCollection<SnapshotName> kept)
    {
        lock (_lock)
        {
            if (kept.Count == 0 || !_tasks.TryGetValue(task, out Dictionary<SnapshotName, SnapshotName?>? names))
            {
                return [];
            }

            ulong newest = kept.Max(name => name.Position);
            var needed = new HashSet<SnapshotName>();
            foreach (SnapshotName name in kept.Concat(names.Keys.Where(name => name.Position >= newest)))
            {
                for (SnapshotName? link = name; link is { } one && needed.Add(one);)
                {
                    link = names.GetValueOrDefault(one);
                }
            }

            SnapshotName[] taken = [.. names.Keys.Where(name => !needed.Contains(name))];
            Array.ForEach(taken, name => names.Remove(name));
            return taken;
        }
    }

    public IReadOnlyList<SnapshotName> TakeAll(TaskId task)
    {
        lock (_lock)
        {
            return _tasks.Remove(task, out Dictionary<SnapshotName, SnapshotName?>? names) ? [.. names.Keys] : [];
        }
    }

    private bool IsWhole(SnapshotName name)
    {
        Dictionary<SnapshotName, SnapshotName?>? names = _tasks.GetValueOrDefault(name.Task);
        for (SnapshotName? link = name; link is { } one;)
        {
            if (names is null || !names.TryGetValue(one, out SnapshotName? needs))
            {
                return false;
            }

            link = needs;
        }

        return true;
    }
}
