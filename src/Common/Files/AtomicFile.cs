using Millrace.Common.Failpoints;

namespace Millrace.Common.Files;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name, synced, renamed, and its directory synced.
/// Dispose without <see cref="Commit"/> leaves nothing. Every member throws <see cref="FileFailure"/>.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private const string TemporarySuffix = ".tmp";

    private static long _lastNumber;

    private readonly string _path;
    private readonly RawFile _file;
    private bool _committed;

    private AtomicFile(string path, RawFile file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>How many bytes have been appended.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a file; what has its name now stays until <see cref="Commit"/>.</summary>
    public static AtomicFile Create(string path)
    {
        string full = Path.GetFullPath(path);
        long number = Interlocked.Increment(ref _lastNumber);
        RawFile file = RawFile.Open(
            $"{full}.{number}{TemporarySuffix}",
            Posix.ReadWrite | Posix.Create | Posix.Truncate);
        return new AtomicFile(full, file);
    }

    /// <summary>Writes a whole file.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using AtomicFile file = Create(path);
        file.Append(bytes);
        file.Commit();
    }

    /// <summary>Reads a whole file; null when there is none.</summary>
    public static byte[]? Read(string path)
    {
        try
        {
            using RawFile file = RawFile.OpenToRead(path);
            byte[] bytes = new byte[file.Length];
            int count = file.ReadAt(0, bytes);
            return count == bytes.Length
                ? bytes
                : throw new FileFailure("pread", path, $"{count} of {bytes.Length} bytes were there");
        }
        catch (FileFailure failure) when (failure.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Deletes what a crash left half written. Only for a directory that nobody is writing to.</summary>
    public static void DeleteLeftovers(string directory)
    {
        foreach (string path in Directory.EnumerateFiles(directory, "*" + TemporarySuffix))
        {
            DirectorySync.Delete(path);
        }
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _file.WriteAt(Length, bytes);
        Length += bytes.Length;
    }

    /// <summary>Makes the file durable under its name, replacing what had the name before. When it throws after the
    /// rename the new file is there but may not survive a power cut.</summary>
    public void Commit()
    {
        _file.Sync();
        Failpoint.Hit("F1");
        DirectorySync.Rename(_file.Path, _path);
        _committed = true;
        Failpoint.Hit("F2");
        DirectorySync.Sync(Path.GetDirectoryName(_path)!);
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_committed)
        {
            _committed = true;
            // Its failure would hide the reason why there was no commit; leftovers go at the next start.
            _ = Posix.Unlink(_file.Path);
        }
    }
}
