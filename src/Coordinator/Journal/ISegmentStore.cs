using Millrace.Common.Files;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// The journal's disk: one directory of files of one size, by name. Synchronous and without any decision, so that the
/// simulator can stand in for it with all that a disk may do. Reads may come from many threads; writes of one file
/// from one thread at a time. Every member throws <see cref="FileFailure"/>.
/// </summary>
internal interface ISegmentStore : IDisposable
{
    /// <summary>Bytes that new files may still take.</summary>
    long FreeBytes { get; }

    IReadOnlyList<string> List();

    /// <summary>Where the file is, for people.</summary>
    string PathOf(string name);

    /// <summary>Length in bytes.</summary>
    long LengthOf(string name);

    /// <summary>Reads what there is, up to the whole buffer; returns how many bytes that was.</summary>
    int Read(string name, long offset, Span<byte> buffer);

    /// <summary>The next read of the file comes from the disk itself, where there is a cache before it.</summary>
    void ForgetCached(string name)
    {
    }

    /// <summary>Durable only after <see cref="Sync"/>.</summary>
    void Write(string name, long offset, ReadOnlySpan<byte> bytes);

    void Sync(string name);

    /// <summary>Makes a file of zeros whose space is reserved; leaves nothing behind when there is no space. Durable
    /// only after <see cref="Sync"/> and <see cref="SyncDirectory"/>.</summary>
    void Create(string name, long bytes);

    /// <summary>Durable only after <see cref="SyncDirectory"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Durable only after <see cref="SyncDirectory"/>.</summary>
    void Delete(string name);

    void SyncDirectory();
}
