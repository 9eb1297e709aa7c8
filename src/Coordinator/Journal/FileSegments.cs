using Millrace.Common.Files;

namespace Millrace.Coordinator.Journal;

/// <summary>The journal's files in a real directory. Handles stay open until a file is deleted.</summary>
internal sealed class FileSegments : ISegmentStore
{
    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RawFile> _open = [];

    /// <param name="directory">Is created, durably, when it is not there.</param>
    /// <exception cref="FileFailure">It could not be created.</exception>
    public FileSegments(string directory)
    {
        _directory = Path.GetFullPath(directory);
        DirectorySync.Create(_directory);
    }

    public long FreeBytes => new DriveInfo(_directory).AvailableFreeSpace;

    public IReadOnlyList<string> List() =>
        [.. Directory.EnumerateFiles(_directory).Select(path => Path.GetFileName(path))];

    public string PathOf(string name) => Path.Combine(_directory, name);

    public long LengthOf(string name) => FileOf(name).Length;

    public int Read(string name, long offset, Span<byte> buffer)
    {
        RawFile file = FileOf(name);
        try
        {
            return file.ReadAt(offset, buffer);
        }
        catch (ObjectDisposedException)
        {
            throw new FileFailure("pread", PathOf(name), "it was deleted meanwhile");
        }
    }

    public void Write(string name, long offset, ReadOnlySpan<byte> bytes) => FileOf(name).WriteAt(offset, bytes);

    public void Sync(string name) => FileOf(name).SyncData();

    public void Create(string name, long bytes)
    {
        RawFile file = RawFile.CreateNew(PathOf(name));
        try
        {
            file.Allocate(0, bytes);
        }
        catch
        {
            file.Dispose();
            DirectorySync.Delete(PathOf(name));
            throw;
        }

        lock (_gate)
        {
            _open.Add(name, file);
        }
    }

    public void Rename(string from, string to)
    {
        RawFile file = FileOf(from);
        file.Rename(PathOf(to));
        lock (_gate)
        {
            _open.Remove(from);
            _open.Add(to, file);
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            if (_open.Remove(name, out RawFile? file))
            {
                file.Dispose();
            }
        }

        DirectorySync.Delete(PathOf(name));
    }

    public void SyncDirectory() => DirectorySync.Sync(_directory);

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (RawFile file in _open.Values)
            {
                file.Dispose();
            }

            _open.Clear();
        }
    }

    private RawFile FileOf(string name)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(name, out RawFile? file))
            {
                file = RawFile.OpenToWrite(PathOf(name));
                _open.Add(name, file);
            }

            return file;
        }
    }
}
