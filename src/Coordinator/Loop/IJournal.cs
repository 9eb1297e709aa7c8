using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Loop;

/// <summary>
/// The durable total order over everything. The embedded engine keeps it in local files; another engine may stand behind
/// this interface if it keeps frames whole, in order, and reports durability truthfully.
/// Used by one loop; only the read members may be called from other threads.
/// </summary>
internal interface IJournal : IAsyncDisposable
{
    JournalGeometry Geometry { get; }

    /// <summary>Everything below is durable. Rises as frames become durable; safe to read from any thread.</summary>
    ulong DurableEnd { get; }

    /// <summary>The oldest position that is kept.</summary>
    ulong FirstPosition { get; }

    /// <summary>Where the next frame goes, if it holds at most Geometry.MaxFrameBytes; skips to the next segment when the
    /// rest of the current one could not hold a frame of the largest size.</summary>
    ulong NextPosition { get; }

    /// <summary>Facts about the place at which the next frame goes, to be written into its header.</summary>
    FramePlace NextPlace();

    /// <summary>Space for the events' frame is there, or can be had within the cap. False: refuse producers (the reserve for
    /// control records is not touched).</summary>
    bool CanStore(int bytes);

    /// <summary>Hands over a frame. At most one may be outstanding; <paramref name="durable"/> is called on the writer's
    /// thread once it is synced. A failed write or sync ends the process (never returns, never calls back).</summary>
    void Write(SealedFrame frame, Action<SealedFrame> durable);

    /// <summary>Reads the frame that starts at or is the first after <paramref name="position"/>, if it is durable. The caller
    /// releases it. Null: there is none below the durable end. Throws <see cref="JournalDamagedException"/>.</summary>
    SealedFrame? Read(ulong position);

    /// <summary>Everything below may go (whole segments only).</summary>
    void Trim(ulong below);

    /// <summary>Writes a durable mark when everything is durable and idle, so that the next start knows.</summary>
    void Mark();
}
