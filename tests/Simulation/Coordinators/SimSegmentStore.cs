using Millrace.Coordinator.Journal;
using Millrace.Simulation.Disk;

namespace Millrace.Simulation.Coordinators;

/// <summary>The journal's directory on the simulated disk. Keeps a copy of what leaves the journal, for the
/// checkers.</summary>
internal sealed class SimSegmentStore(CoordinatorDisk disk, JournalArchive archive) : ISegmentStore
{
    private const string Directory = "/journal";

    private readonly SimDisk _disk = disk.Disk;

    public long FreeBytes => disk.IsFull ? 0 : long.MaxValue / 2;

    public IReadOnlyList<string> List() =>
        [.. _disk.Files(Directory).Select(path => path[(Directory.Length + 1)..])];

    public string PathOf(string name) => $"{Directory}/{name}";

    public long LengthOf(string name) => _disk.Find(PathOf(name))!.Length;

    public int Read(string name, long offset, Span<byte> buffer) => _disk.Find(PathOf(name))!.Read(offset, buffer);

    public void Write(string name, long offset, ReadOnlySpan<byte> bytes) => _disk.Write(PathOf(name), offset, bytes);

    public void Sync(string name) => _disk.Sync(PathOf(name));

    public void Create(string name, long bytes)
    {
        _disk.Create(PathOf(name));
        _disk.SetLength(PathOf(name), bytes);
    }

    public void Rename(string from, string to)
    {
        archive.Leaving(from, this);
        _disk.Rename(PathOf(from), PathOf(to));
    }

    public void Delete(string name)
    {
        archive.Leaving(name, this);
        _disk.Delete(PathOf(name));
    }

    public void SyncDirectory() => _disk.SyncDirectory(Directory);

    public void Dispose()
    {
    }
}
