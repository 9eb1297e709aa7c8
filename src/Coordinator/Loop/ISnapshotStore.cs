using Millrace.Common.Model;

namespace Millrace.Coordinator.Loop;

/// <summary>
/// Where tasks' snapshots are kept. The embedded engine keeps them in the data directory; another engine may stand
/// behind this interface if it never overwrites, and reports durability truthfully. Safe to use from many threads.
/// </summary>
internal interface ISnapshotStore : ISnapshotKeeper
{
    /// <summary>The snapshot is whole, and it and its directory entry are synced, and so is all that it
    /// needs.</summary>
    bool IsDurable(SnapshotName name);

    /// <summary>The one that a stored snapshot is on top of; null: it is whole, or not stored.</summary>
    SnapshotName? BaseOf(SnapshotName name);

    /// <summary>Begins to store one. Storing a name that is stored already succeeds and changes nothing.</summary>
    /// <exception cref="RefusalException">It is larger than a snapshot may be, or what it needs is not
    /// stored.</exception>
    ISnapshotWriter Create(SnapshotHead head);

    /// <summary>Opens one to be read; null: there is none of this name.</summary>
    ISnapshotReader? Open(SnapshotName name);
}

/// <summary>One snapshot on its way in. Disposed without a good <see cref="Commit"/> it leaves nothing.</summary>
internal interface ISnapshotWriter : IDisposable
{
    /// <exception cref="RefusalException">More bytes than were announced.</exception>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when it is durable.</summary>
    /// <exception cref="RefusalException">Size or hash are not those announced.</exception>
    void Commit();
}

/// <summary>One stored snapshot.</summary>
internal interface ISnapshotReader : IDisposable
{
    SnapshotHead Head { get; }

    /// <summary>Reads the next bytes of the content; 0 at its end.</summary>
    int Read(Span<byte> buffer);
}

/// <summary>What is known of a snapshot besides its content.</summary>
/// <param name="NextOffset">Offset of the first event after it.</param>
/// <param name="SizeBytes">Length of the content, in bytes.</param>
/// <param name="FormatVersion">Version of the content's format.</param>
/// <param name="Base">The snapshot of the same task and epoch, and of a lower position, without which this one cannot
/// be restored; null: there is none.</param>
internal sealed record SnapshotHead(
    SnapshotName Name, ulong NextOffset, long SizeBytes, uint FormatVersion, SnapshotName? Base = null);
