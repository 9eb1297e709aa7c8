using Microsoft.Extensions.Logging;
using Millrace.Common.Files;
using Millrace.Common.Model;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Storage;

/// <summary>
/// Snapshots as files of one directory, one file each. A file has its final name only when it is whole, verified and
/// synced, and it is never written again. What no restore can want any more is deleted in the background.
/// </summary>
internal sealed class SnapshotStore : ISnapshotStore, IAsyncDisposable
{
    /// <summary>No snapshot is larger, in bytes.</summary>
    public const long DefaultMaxBytes = 4L << 30;

    private const string DamagedExtension = ".damaged";

    /// <summary>How many damaged files are kept for people.</summary>
    private const int MaxDamaged = 8;

    private readonly string _directory;
    private readonly long _maxBytes;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly StoredNames _stored = new();
    private readonly Dictionary<TaskId, IReadOnlyList<string>> _toSweep = [];
    private readonly HashSet<TaskId> _toDrop = [];
    private readonly SemaphoreSlim _sweepWanted = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweeper;

    private SnapshotStore(string directory, long maxBytes, ILogger log)
    {
        _directory = directory;
        _maxBytes = maxBytes;
        _log = log;
        _sweeper = Task.Run(SweepAsync);
    }

    /// <summary>Opens the directory, making it when missing, and clears away what a crash left half written.</summary>
    /// <exception cref="FileFailure">The directory cannot be used.</exception>
    public static SnapshotStore Open(string directory, ILogger log, long maxBytes = DefaultMaxBytes)
    {
        DirectorySync.Create(directory);
        AtomicFile.DeleteLeftovers(directory);
        // A crash may have come between a rename and its directory sync: after this one every name counts.
        DirectorySync.Sync(directory);
        var store = new SnapshotStore(directory, maxBytes, log);
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            if (SnapshotName.TryParse(Path.GetFileName(path), out SnapshotName name))
            {
                store._stored.Add(name, SnapshotReader.BaseOf(path, name));
            }
        }

        return store;
    }

    public bool IsDurable(SnapshotName name) => _stored.Has(name);

    public SnapshotName? BaseOf(SnapshotName name) => _stored.BaseOf(name);

    public ISnapshotWriter Create(SnapshotHead head)
    {
        if (head.SizeBytes < 0 || head.SizeBytes > _maxBytes)
        {
            throw new RefusalException(new Refusal(
                RefusalKind.ResourceExhausted,
                "SNAPSHOT_TOO_LARGE",
                $"Snapshot {head.Name} would have {head.SizeBytes} bytes; the most is {_maxBytes}."));
        }

        if (head.Base is { } since && !IsDurable(since))
        {
            throw new RefusalException(new Refusal(
                RefusalKind.FailedPrecondition,
                "SNAPSHOT_MISSING",
                $"Snapshot {head.Name} is on top of {since}, which is not stored or not whole; store a whole one."));
        }

        try
        {
            return new SnapshotWriter(this, head, IsDurable(head.Name) ? null : AtomicFile.Create(PathOf(head.Name)));
        }
        catch (FileFailure failure)
        {
            throw Down(failure);
        }
    }

    public ISnapshotReader? Open(SnapshotName name)
    {
        try
        {
            return IsDurable(name) ? SnapshotReader.Open(PathOf(name), name) : null;
        }
        catch (FileFailure failure) when (failure.IsNotFound)
        {
            return null;
        }
        catch (FileFailure failure)
        {
            throw Down(failure);
        }
    }

    /// <summary>All that are stored.</summary>
    public IReadOnlyList<SnapshotName> Names() => _stored.All;

    public string PathOf(SnapshotName name) => Path.Combine(_directory, name.ToString());

    /// <summary>Takes a damaged snapshot's name from it: there is none of that name until it is stored again.</summary>
    /// <param name="useless">Out: those that cannot be restored without it.</param>
    /// <returns>Where the file is now; null: it is not stored any more.</returns>
    public string? SetAside(SnapshotName name, out IReadOnlyList<SnapshotName> useless)
    {
        if (!_stored.Remove(name, out useless))
        {
            return null;
        }

        string path = PathOf(name) + DamagedExtension;
        DirectorySync.Rename(PathOf(name), path);
        foreach (string old in Directory.EnumerateFiles(_directory, "*" + DamagedExtension)
            .OrderByDescending(File.GetLastWriteTimeUtc).Skip(MaxDamaged).ToArray())
        {
            DirectorySync.Delete(old);
        }

        DirectorySync.Sync(_directory);
        return path;
    }

    public void Keep(TaskId task, IReadOnlyList<string> snapshotIds)
    {
        lock (_lock)
        {
            _toSweep[task] = snapshotIds;
            if (_sweepWanted.CurrentCount == 0)
            {
                _sweepWanted.Release();
            }
        }
    }

    public void Drop(TaskId task)
    {
        lock (_lock)
        {
            _toDrop.Add(task);
            if (_sweepWanted.CurrentCount == 0)
            {
                _sweepWanted.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sweeper;
        _stop.Dispose();
        _sweepWanted.Dispose();
    }

    /// <summary>Gives a verified file its name, unless another upload of the same snapshot came first.</summary>
    internal void Commit(SnapshotHead head, AtomicFile file)
    {
        if (!IsDurable(head.Name))
        {
            // Two uploads of one name have one content, so it does not matter which of them is renamed last.
            file.Commit();
            _stored.Add(head.Name, head.Base);
        }
    }

    internal static RefusalException Down(FileFailure failure) =>
        new(new Refusal(
            RefusalKind.Unavailable, "CHECKPOINT_STORE_DOWN", $"The snapshot store does not work: {failure.Message}"));

    internal static void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (FileFailure failure)
        {
            throw Down(failure);
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            while (true)
            {
                await _sweepWanted.WaitAsync(_stop.Token);
                foreach (SnapshotName name in TakeUnwanted())
                {
                    Delete(name);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The next start sweeps on.
        }
    }

    private List<SnapshotName> TakeUnwanted()
    {
        var unwanted = new List<SnapshotName>();
        lock (_lock)
        {
            foreach ((TaskId task, IReadOnlyList<string> ids) in _toSweep)
            {
                var kept = new HashSet<SnapshotName>();
                foreach (string id in ids)
                {
                    if (SnapshotName.TryParse(id, out SnapshotName name))
                    {
                        kept.Add(name);
                    }
                }

                unwanted.AddRange(_stored.TakeAllBut(task, kept));
            }

            foreach (TaskId task in _toDrop)
            {
                unwanted.AddRange(_stored.TakeAll(task));
            }

            _toSweep.Clear();
            _toDrop.Clear();
        }

        return unwanted;
    }

    private void Delete(SnapshotName name)
    {
        try
        {
            DirectorySync.Delete(PathOf(name));
        }
        catch (FileFailure failure)
        {
            _log.SnapshotNotDeleted(failure, name.ToString());
        }
    }
}
