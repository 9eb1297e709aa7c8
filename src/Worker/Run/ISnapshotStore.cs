using Millrace.Common.Model;
using Millrace.Worker.Core.State;

namespace Millrace.Worker.Run;

/// <summary>Where snapshots are kept. The default keeps them at the coordinator; another engine may stand behind this
/// if it never overwrites and reports durability truthfully. Safe to use from many threads.</summary>
internal interface ISnapshotStore
{
    /// <summary>Returns when the snapshot is durable. Storing a name again succeeds and changes nothing.</summary>
    /// <param name="since">The stored one that it is on top of; null: it is whole.</param>
    /// <param name="nextOffset">Offset of the first event after it.</param>
    /// <exception cref="StoreUnavailableException">Try later.</exception>
    Task PutAsync(
        SnapshotName name,
        SnapshotName? since,
        ulong nextOffset,
        SnapshotBytes content,
        CancellationToken cancellation);

    /// <summary>The content, checked against its name. The caller disposes it.</summary>
    /// <exception cref="SnapshotDamagedException">The content is not that of the name.</exception>
    /// <exception cref="StoreUnavailableException">Try later.</exception>
    Task<SnapshotBytes> GetAsync(SnapshotName name, CancellationToken cancellation);
}
