using System.Runtime.InteropServices;

namespace Millrace.Common.Files;

/// <summary>What makes the names in a directory durable: a new, renamed or deleted file is not before its directory is
/// synced. Every member throws <see cref="FileFailure"/>.</summary>
public static class DirectorySync
{
    /// <summary>Makes every name in the directory durable, and that some are gone.</summary>
    public static void Sync(string directory)
    {
        using RawFile handle = RawFile.OpenToRead(directory);
        handle.Sync();
    }

    /// <summary>Creates a directory, with those above it that are missing, durably.</summary>
    public static void Create(string directory)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (Directory.Exists(full))
        {
            return;
        }

        string parent = Path.GetDirectoryName(full) ?? "/";
        Create(parent);
        Directory.CreateDirectory(full);
        Sync(parent);
    }

    /// <summary>Renames within one file system, replacing what has the new name. Durable after
    /// <see cref="Sync"/>.</summary>
    public static void Rename(string from, string to)
    {
        if (Posix.Rename(from, to) != 0)
        {
            throw new FileFailure("rename", $"{from} to {to}", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Deletes a file; false when there was none. Durable after <see cref="Sync"/>.</summary>
    public static bool Delete(string path)
    {
        if (Posix.Unlink(path) == 0)
        {
            return true;
        }

        FileFailure failure = new("unlink", path, Marshal.GetLastPInvokeError());
        return failure.IsNotFound ? false : throw failure;
    }
}
