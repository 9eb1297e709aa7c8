using Millrace.Common.Model;
using Millrace.Coordinator.Storage;
using Millrace.Simulation.Disk;
using Millrace.Simulation.Run;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Coordinators;

/// <summary>Tasks' snapshots on the simulated disk. One has its name only when it is whole and synced.</summary>
internal sealed class SimSnapshotStore
{
    private const string Directory = "/snapshots";

    private readonly CoordinatorNode _node;
    private readonly SimDisk _disk;
    private readonly StoredNames _stored = new();
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
                _stored.Add(name, SnapshotBases.Of(_disk.Find(path)!.Content.ToArray()));
            }
            else
            {
                _disk.Delete(path);
            }
        }
    }

    public bool IsDurable(SnapshotName name) => _stored.Has(name);

    public SnapshotName? BaseOf(SnapshotName name) => _stored.BaseOf(name);

    /// <summary>Stores one, which takes a while, and then says so.</summary>
    public void Put(SnapshotName name, SnapshotName? needs, byte[] content, Action done)
    {
        string temporary = $"{Directory}/upload-{++_uploads}";
        _disk.Create(temporary);
        _disk.Write(temporary, 0, content);
        _node.AfterUs(_node.Disk.SyncUs(), () =>
        {
            _disk.Sync(temporary);
            _disk.Rename(temporary, PathOf(name));
            _disk.SyncDirectory(Directory);
            _stored.Add(name, needs);
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

        foreach (SnapshotName name in _stored.TakeAllBut(task, kept))
        {
            _disk.Delete(PathOf(name));
        }

        ulong newest = kept.Count == 0 ? 0 : kept.Max(name => name.Position);
        int older = _stored.CountBelow(task, newest);
        // The commit before, and what each copy that is still loading began with: a planned move's and the standbys';
        // and of each of them, and of the newest, what it is on top of.
        SimOptions options = _node.World.Options;
        int most = 2 + options.Standbys + ((3 + options.Standbys) * options.SnapshotLinks);
        _node.World.History.Measure("snapshots of a task below its newest commit", older, most);
    }

    /// <summary>Deletes all of a task.</summary>
    public void Drop(TaskId task)
    {
        foreach (SnapshotName name in _stored.TakeAll(task))
        {
            _disk.Delete(PathOf(name));
        }
    }

    private static string PathOf(SnapshotName name) => $"{Directory}/{name}";
}
