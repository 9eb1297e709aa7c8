using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Millrace.Common.Model;

namespace Millrace.Common.Files;

/// <summary>Keeps a second process off a data directory. Held until disposed or until the process ends, in any
/// way.</summary>
public sealed class DataDirectoryLock : IDisposable
{
    private const string FileName = "lock";

    private readonly RawFile _file;

    private DataDirectoryLock(RawFile file)
    {
        _file = file;
    }

    /// <summary>Takes the lock of an existing directory.</summary>
    /// <exception cref="RefusalException">DATA_DIRECTORY_LOCKED: another process holds it.</exception>
    /// <exception cref="FileFailure">The lock file could not be opened or written.</exception>
    public static DataDirectoryLock Acquire(string directory)
    {
        string path = Path.Combine(Path.GetFullPath(directory), FileName);
        RawFile file = RawFile.OpenOrCreate(path);
        try
        {
            if (Posix.Lock(file.Handle, Posix.LockExclusive | Posix.LockNonBlocking) != 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                throw errno == Posix.WouldBlockErrno
                    ? new RefusalException(Locked(Path.GetFullPath(directory), ReadPid(file)))
                    : new FileFailure("flock", path, errno);
            }

            file.SetLength(0);
            file.WriteAt(0, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            return new DataDirectoryLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static Refusal Locked(string directory, string pid) =>
        new(
            RefusalKind.FailedPrecondition,
            "DATA_DIRECTORY_LOCKED",
            $"The data directory {directory} is in use by the process with pid {pid}: stop it, "
            + "or choose another directory.")
        {
            Metadata = new Dictionary<string, string> { ["path"] = directory, ["pid"] = pid },
        };

    private static string ReadPid(RawFile file)
    {
        Span<byte> bytes = stackalloc byte[20];
        int count = file.ReadAt(0, bytes);
        return count == 0 ? "unknown" : Encoding.ASCII.GetString(bytes[..count]);
    }
}
