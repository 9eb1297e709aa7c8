using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Common.Files;

/// <summary>
/// An open file, read and written at given offsets, whose every error is seen. Safe to use from many threads; writes to
/// overlapping ranges are the caller's matter. Every member throws <see cref="FileFailure"/>.
/// </summary>
public sealed class RawFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private RawFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
    }

    public string Path { get; private set; }

    internal SafeFileHandle Handle => _handle;

    /// <summary>Length in bytes.</summary>
    public long Length
    {
        get
        {
            const int end = 2;
            long length = Posix.Seek(_handle, 0, end);
            return length >= 0 ? length : throw Failure("lseek");
        }
    }

    public static RawFile OpenToRead(string path) => Open(path, Posix.ReadOnly);

    public static RawFile OpenToWrite(string path) => Open(path, Posix.ReadWrite);

    /// <summary>Past the page cache: addresses, offsets and lengths must be multiples of the disk's block.</summary>
    /// <exception cref="FileFailure">Among others, the file system knows no direct writes.</exception>
    public static RawFile OpenToWriteDirect(string path) => Posix.Direct == 0
        ? throw new FileFailure("open", path, "direct writes are not known on this processor")
        : Open(path, Posix.ReadWrite | Posix.Direct);

    public static RawFile OpenOrCreate(string path) => Open(path, Posix.ReadWrite | Posix.Create);

    /// <summary>Fails when there is a file of this name.</summary>
    public static RawFile CreateNew(string path) => Open(path, Posix.ReadWrite | Posix.Create | Posix.Exclusive);

    /// <summary>Reads as much as there is, up to the whole buffer; returns how many bytes that was.</summary>
    public unsafe int ReadAt(long offset, Span<byte> buffer)
    {
        int done = 0;
        fixed (byte* start = buffer)
        {
            while (done < buffer.Length)
            {
                nint count = Posix.Read(_handle, start + done, buffer.Length - done, offset + done);
                if (count == 0)
                {
                    break;
                }

                if (count > 0)
                {
                    done += (int)count;
                }
                else if (Marshal.GetLastPInvokeError() != Posix.InterruptedErrno)
                {
                    throw Failure("pread");
                }
            }
        }

        return done;
    }

    /// <summary>Writes all of it. Durable only after a sync.</summary>
    public unsafe void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        fixed (byte* start = bytes)
        {
            while (done < bytes.Length)
            {
                nint count = Posix.Write(_handle, start + done, bytes.Length - done, offset + done);
                if (count > 0)
                {
                    done += (int)count;
                }
                else if (count == 0)
                {
                    throw new FileFailure("pwrite", Path, "nothing was written");
                }
                else if (Marshal.GetLastPInvokeError() != Posix.InterruptedErrno)
                {
                    throw Failure("pwrite");
                }
            }
        }
    }

    /// <summary>
    /// Makes the bytes, and the length if it grew, durable. After a failure nothing written since the last good sync
    /// can be trusted and a second try proves nothing, because the kernel may have dropped the data: never repeat it.
    /// </summary>
    public void SyncData()
    {
        if (Posix.SyncData(_handle) != 0)
        {
            throw Failure("fdatasync");
        }
    }

    /// <summary>As <see cref="SyncData"/>, for all of the file's metadata too.</summary>
    public void Sync()
    {
        if (Posix.Sync(_handle) != 0)
        {
            throw Failure("fsync");
        }
    }

    /// <summary>Reserves disk space, so that writes within it cannot run out of space.</summary>
    public void Allocate(long offset, long length)
    {
        int errno;
        do
        {
            errno = Posix.Allocate(_handle, offset, length);
        }
        while (errno == Posix.InterruptedErrno);
        if (errno != 0)
        {
            throw new FileFailure("posix_fallocate", Path, errno);
        }
    }

    public void SetLength(long length)
    {
        if (Posix.SetLength(_handle, length) != 0)
        {
            throw Failure("ftruncate");
        }
    }

    /// <summary>Gives the file another name in the same file system. Durable after its directory is synced.</summary>
    public void Rename(string path)
    {
        DirectorySync.Rename(Path, path);
        Path = path;
    }

    /// <summary>The next read comes from the disk, and what was read before makes room for others; what is not synced
    /// stays. A file system that does not know how may ignore it.</summary>
    public void ForgetCached() => _ = Posix.Advise(_handle, 0, 0, Posix.NotNeeded);

    public void Dispose() => _handle.Dispose();

    internal static RawFile Open(string path, int flags)
    {
        while (true)
        {
            int descriptor = Posix.Open(path, flags | Posix.CloseOnExec, Posix.DefaultMode);
            if (descriptor >= 0)
            {
                return new RawFile(path, new SafeFileHandle(descriptor, ownsHandle: true));
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != Posix.InterruptedErrno)
            {
                throw new FileFailure("open", path, errno);
            }
        }
    }

    private FileFailure Failure(string operation) => new(operation, Path, Marshal.GetLastPInvokeError());
}
