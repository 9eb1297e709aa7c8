using Millrace.Common.Files;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// The journal's files in a real directory. Handles stay open until a file is deleted. Where the file system can,
/// aligned writes go past the page cache: filling it costs more than all else that a frame goes through, and
/// hardly anybody reads there, as recent frames are in memory.
/// </summary>
internal sealed class FileSegments : ISegmentStore
{
    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Handles> _open = [];
    private readonly bool _direct;

    /// <param name="directory">Is created, durably, when it is not there.</param>
    /// <exception cref="FileFailure">It could not be created.</exception>
    public FileSegments(string directory)
    {
        _directory = Path.GetFullPath(directory);
        DirectorySync.Create(_directory);
        _direct = CanWriteDirect();
    }

    public long FreeBytes => new DriveInfo(_directory).AvailableFreeSpace;

    public IReadOnlyList<string> List() =>
        [.. Directory.EnumerateFiles(_directory).Select(path => Path.GetFileName(path))];

    public string PathOf(string name) => Path.Combine(_directory, name);

    public long LengthOf(string name) => FileOf(name).Cached.Length;

    public int Read(string name, long offset, Span<byte> buffer)
    {
        RawFile file = FileOf(name).Cached;
        try
        {
            return file.ReadAt(offset, buffer);
        }
        catch (ObjectDisposedException)
        {
            throw new FileFailure("pread", PathOf(name), "it was deleted meanwhile");
        }
    }

    public void ForgetCached(string name) => FileOf(name).Cached.ForgetCached();

    public void Write(string name, long offset, ReadOnlySpan<byte> bytes)
    {
        Handles file = FileOf(name);
        (AlignedBuffer.IsAligned(offset, bytes) ? file.Direct ?? file.Cached : file.Cached).WriteAt(offset, bytes);
    }

    public void Sync(string name) => FileOf(name).Cached.SyncData();

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
            _open.Add(name, new Handles(file, Direct(name)));
        }
    }

    public void Rename(string from, string to)
    {
        Handles file = FileOf(from);
        file.Cached.Rename(PathOf(to));
        lock (_gate)
        {
            file.Direct?.Dispose();
            _open.Remove(from);
            _open.Add(to, new Handles(file.Cached, Direct(to)));
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            if (_open.Remove(name, out Handles file))
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
            foreach (Handles file in _open.Values)
            {
                file.Dispose();
            }

            _open.Clear();
        }
    }

    /// <summary>Tries it: file systems say that they can and then cannot.</summary>
    private bool CanWriteDirect()
    {
        const string probe = "direct.probe";
        AlignedBuffer block = AlignedBuffer.Rent(AlignedBuffer.Alignment);
        block.Span(AlignedBuffer.Alignment).Clear();
        try
        {
            using RawFile made = RawFile.OpenOrCreate(PathOf(probe));
            using RawFile direct = RawFile.OpenToWriteDirect(PathOf(probe));
            direct.WriteAt(0, block.Span(AlignedBuffer.Alignment));
            return true;
        }
        catch (FileFailure)
        {
            return false;
        }
        finally
        {
            block.Return();
            File.Delete(PathOf(probe));
        }
    }

    private RawFile? Direct(string name) => _direct ? RawFile.OpenToWriteDirect(PathOf(name)) : null;

    private Handles FileOf(string name)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(name, out Handles file))
            {
                file = new Handles(RawFile.OpenToWrite(PathOf(name)), Direct(name));
                _open.Add(name, file);
            }

            return file;
        }
    }

    /// <param name="Cached">Through the page cache: reads, and writes that are not aligned.</param>
    /// <param name="Direct">Past it; null when the file system cannot.</param>
    private readonly record struct Handles(RawFile Cached, RawFile? Direct) : IDisposable
    {
        public void Dispose()
        {
            Cached.Dispose();
            Direct?.Dispose();
        }
    }
}
