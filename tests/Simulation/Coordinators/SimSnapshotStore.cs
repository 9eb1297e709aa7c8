using Millrace.Common.Model;
using Millrace.Simulation.Disk;

namespace Millrace.Simulation.Coordinators;

/// <summary>Tasks' snapshots on the simulated disk. One has its name only when it is whole and synced.</summary>
internal sealed class SimSnapshotStore
{
    private const string Directory = "/snapshots";

    private readonly CoordinatorNode _node;
    private readonly SimDisk _disk;
    private readonly Dictionary<TaskId, HashSet<SnapshotName>> _stored = [];
    private int _uploads;

    public SimSnapshotStore(CoordinatorNode node)
    {
        _node = node;
        _disk = node.Disk.Disk;
        // A crash may have come between a rename and its directory sync: after this one every name counts.
        _disk.SyncDirectory(Directory);
        foreach (string path in _disk.Files(Directory))
        {
            if (SnapshotName.TryParse(path[(Directory.Length + 1)..], out SnapshotName name))
            {
                StoredOf(name.Task).Add(name);
            }
            else
            {
                _disk.Delete(path);
            }
        }
    }

    public bool IsDurable(SnapshotName name) => StoredOf(name.Task).Contains(name);

    /// <summary>Stores one, which takes a while, and then says so.</summary>
    public void Put(SnapshotName name, byte[] content, Action done)
    {
        string temporary = $"{Directory}/upload-{++_uploads}";
        _disk.Create(temporary);
        _disk.Write(temporary, 0, content);
        _node.AfterUs(_node.Disk.SyncUs(), () =>
        {
            _disk.Sync(temporary);
            _disk.Rename(temporary, PathOf(name));
            _disk.SyncDirectory(Directory);
            StoredOf(name.Task).Add(name);
            done();
        });
    }

    /// <summary>Null: there is none of this name.</summary>
    public byte[]? Get(SnapshotName name) => IsDurable(name) ? _disk.Find(PathOf(name))?.Content.ToArray() : null;

    /// <summary>Deletes what no restore of the task can want any more.</summary>
    public void Keep(TaskId task, IReadOnlyList<string> ids)
    {
        var kept = new HashSet<SnapshotName>();
        foreach (string id in ids)
        {
            if (SnapshotName.TryParse(id, out SnapshotName name))
            {
                kept.Add(name);
            }
        }

        if (kept.Count == 0)
        {
            return;
        }

        ulong newest = kept.Max(name => name.Position);
        HashSet<SnapshotName> stored = StoredOf(task);
        foreach (SnapshotName name in stored.ToArray())
        {
            if (name.Position < newest && !kept.Contains(name))
            {
                _disk.Delete(PathOf(name));
                stored.Remove(name);
            }
        }

        int older = stored.Count(n => n.Position < newest);
        // The commit before, and what each copy that is still loading began with: a planned move's and the standbys'.
        _node.World.History.Measure(
            "snapshots of a task below its newest commit", older, 2 + _node.World.Options.Standbys);
    }

    /// <summary>Deletes all of a task.</summary>
    public void Drop(TaskId task)
    {
        foreach (SnapshotName name in StoredOf(task))
        {
            _disk.Delete(PathOf(name));
        }

        _stored.Remove(task);
    }

    private HashSet<SnapshotName> StoredOf(TaskId task)
    {
        if (!_stored.TryGetValue(task, out HashSet<SnapshotName>? names))
        {
            _stored[task] = names = [];
        }

        return names;
    }

    private static string PathOf(SnapshotName name) => $"{Directory}/{name}";
}
