using System.Runtime.InteropServices;

namespace Millrace.Common.Files;

/// <summary>A file operation failed; says which, on what path and with which errno.</summary>
public sealed class FileFailure : IOException
{
    private const int NotFoundErrno = 2;
    private const int IoErrno = 5;
    private const int NoSpaceErrno = 28;
    private const int ReadOnlyErrno = 30;
    private const int QuotaErrno = 122;

    public FileFailure(string operation, string path, int errno)
        : base($"{operation} of {path} failed: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).")
    {
        Operation = operation;
        Path = path;
        Errno = errno;
    }

    /// <summary>A file that ends earlier than it must.</summary>
    public FileFailure(string operation, string path, string detail)
        : base($"{operation} of {path} failed: {detail}.")
    {
        Operation = operation;
        Path = path;
    }

    /// <summary>The system call, for example "fdatasync".</summary>
    public string Operation { get; }

    public string Path { get; }

    /// <summary>0 when the system call itself succeeded but did not do what was needed.</summary>
    public int Errno { get; }

    /// <summary>The disk does not give back what is there.</summary>
    public bool IsUnreadable => Errno == IoErrno;

    public bool IsNotFound => Errno == NotFoundErrno;

    /// <summary>The disk or a quota is full, or the file system does not take writes any more.</summary>
    public bool IsNoSpace => Errno is NoSpaceErrno or QuotaErrno or ReadOnlyErrno;
}
