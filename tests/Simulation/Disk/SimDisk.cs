using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Disk;

/// <summary>
/// One machine's disk: named files with a cache over a durable image. Names, too, are durable only once their
/// directory is synced. A killed process loses nothing here; a power cut keeps what was synced and any part of the
/// rest.
/// </summary>
internal sealed class SimDisk(SimRandom random)
{
    private readonly Dictionary<string, SimFile> _visible = [];
    private readonly SortedDictionary<string, SimFile> _durable = new(StringComparer.Ordinal);
    private readonly List<NameChange> _unsynced = [];

    /// <summary>Called before each operation; may throw, so that the operation does not happen. A write then leaves a
    /// part behind.</summary>
    public Action<DiskOperation, string>? Before { get; set; }

    public IEnumerable<string> Files(string directory) =>
        _visible.Keys.Where(p => IsIn(directory, p)).Order(StringComparer.Ordinal).ToArray();

    public SimFile? Find(string path) => _visible.GetValueOrDefault(path);

    public SimFile Create(string path)
    {
        Before?.Invoke(DiskOperation.Create, path);
        var file = new SimFile();
        Change(new NameChange(path, file));
        return file;
    }

    public void Write(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            Before?.Invoke(DiskOperation.Write, path);
        }
        catch
        {
            _visible[path].Write(offset, bytes[..random.Below(bytes.Length + 1)]);
            throw;
        }

        _visible[path].Write(offset, bytes);
    }

    public void SetLength(string path, long length)
    {
        Before?.Invoke(DiskOperation.Write, path);
        _visible[path].SetLength((int)length);
    }

    /// <summary>Makes a file's content durable. When that fails, the machine forgets what was not written
    /// yet.</summary>
    public void Sync(string path)
    {
        SimFile file = _visible[path];
        try
        {
            Before?.Invoke(DiskOperation.Sync, path);
        }
        catch (IOException)
        {
            file.FailSync();
            throw;
        }

        file.Sync();
    }

    public void Rename(string from, string to)
    {
        Before?.Invoke(DiskOperation.Rename, to);
        SimFile file = _visible[from];
        Change(new NameChange(from, null), new NameChange(to, file));
    }

    public void Delete(string path)
    {
        Before?.Invoke(DiskOperation.Delete, path);
        if (_visible.ContainsKey(path))
        {
            Change(new NameChange(path, null));
        }
    }

    public void SyncDirectory(string directory)
    {
        Before?.Invoke(DiskOperation.SyncDirectory, directory);
        if (_unsynced.Count == 0)
        {
            return;
        }

        for (int i = 0; i < _unsynced.Count; i++)
        {
            if (IsIn(directory, _unsynced[i].Path))
            {
                Apply(_durable, _unsynced[i]);
            }
        }

        _unsynced.RemoveAll(c => IsIn(directory, c.Path));
    }

    /// <summary>The power goes. Changes of names survive as a prefix, as a journaling file system keeps them.</summary>
    public void LosePower(PowerLoss loss)
    {
        int kept = loss switch
        {
            PowerLoss.KeepAll => _unsynced.Count,
            PowerLoss.DropAll => 0,
            _ => random.Below(_unsynced.Count + 1),
        };
        // A rename is two changes that happen together.
        if (kept > 0 && kept < _unsynced.Count && _unsynced[kept - 1].WithNext)
        {
            kept++;
        }

        foreach (NameChange change in _unsynced.Take(kept))
        {
            Apply(_durable, change);
        }

        _unsynced.Clear();
        _visible.Clear();
        foreach ((string path, SimFile file) in _durable)
        {
            file.LosePower(random, loss);
            _visible[path] = file;
        }
    }

    private void Change(params ReadOnlySpan<NameChange> changes)
    {
        for (int i = 0; i < changes.Length; i++)
        {
            Apply(_visible, changes[i]);
            _unsynced.Add(changes[i] with { WithNext = i + 1 < changes.Length });
        }
    }

    private static void Apply(IDictionary<string, SimFile> names, NameChange change)
    {
        if (change.File is null)
        {
            names.Remove(change.Path);
        }
        else
        {
            names[change.Path] = change.File;
        }
    }

    private static bool IsIn(string directory, string path) =>
        path.LastIndexOf('/') == directory.Length && path.StartsWith(directory, StringComparison.Ordinal);

    private readonly record struct NameChange(string Path, SimFile? File, bool WithNext = false);
}

internal enum DiskOperation
{
    Create,
    Write,
    Sync,
    Rename,
    Delete,
    SyncDirectory,
}
