using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Loop;

/// <summary>
/// The durable total order over everything. The embedded engine keeps it in local files; another engine may stand
/// behind this interface if it keeps frames whole, in order, and reports durability truthfully.
/// Used by one loop; only the read members may be called from other threads.
/// </summary>
internal interface IJournal : IAsyncDisposable
{
    JournalGeometry Geometry { get; }

    /// <summary>Everything below is durable. Rises as frames become durable; safe to read from any thread.</summary>
    ulong DurableEnd { get; }

    /// <summary>The oldest position that is kept.</summary>
    ulong FirstPosition { get; }

    /// <summary>Where the next frame goes, if it holds at most Geometry.MaxFrameBytes; skips to the next segment
    /// when the rest of the current one could not hold a frame of the largest size.</summary>
    ulong NextPosition { get; }

    /// <summary>Facts about the place at which the next frame goes, to be written into its header.</summary>
    FramePlace NextPlace();

    /// <summary>Space for the events' frame is reserved. False: refuse producers (the reserve for control records is
    /// not touched); may become true again after <see cref="Trim"/>, or when the disk has space again.</summary>
    bool CanStore(int bytes);

    /// <summary>Hands over a frame sealed for <see cref="NextPlace"/>. At most one may be outstanding;
    /// <paramref name="durable"/> is called on the writer's thread once it is synced. The caller keeps its reference
    /// until then. A failed write or sync ends the process and never calls back.</summary>
    void Write(SealedFrame frame, Action<SealedFrame> durable);

    /// <summary>Reads the frame that follows <paramref name="position"/>, if it is durable. Safe from any thread. The
    /// caller releases it; its control records are left out. Null: there is none below the durable end.</summary>
    /// <param name="position">0, a frame's start or a frame's end. Below <see cref="FirstPosition"/>: the oldest
    /// frame.</param>
    /// <exception cref="JournalDamagedException">No good frame is there.</exception>
    /// <exception cref="Common.Files.FileFailure">The disk could not read it.</exception>
    SealedFrame? Read(ulong position);

    /// <summary>Everything below may go (whole segments only).</summary>
    void Trim(ulong below);

    /// <summary>Writes a mark when nothing is outstanding and the last frame is not one already, so that the next
    /// start knows that all before it was durable. A frame may be handed over before the mark is durable.</summary>
    void Mark();
}
