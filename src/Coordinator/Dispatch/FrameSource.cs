using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Dispatch;

/// <summary>Durable frames in order, new ones from the ring and old ones from the journal. Safe to use from any
/// thread.</summary>
internal sealed class FrameSource(FrameRing ring, IJournal journal)
{
    /// <summary>The oldest position that is kept.</summary>
    public ulong FirstPosition => journal.FirstPosition;

    /// <summary>The first frame at or after the position, which the caller releases; null when there is none
    /// yet.</summary>
    /// <param name="next">From where to look for the frame after it.</param>
    public SealedFrame? Next(ulong position, out ulong next)
    {
        switch (ring.Look(position, out SealedFrame? frame, out next))
        {
            case RingLook.Found:
                return frame;
            case RingLook.AtHead:
                return null;
        }

        ulong end = Math.Min(ring.Start, journal.DurableEnd);
        frame = position < end ? journal.Read(position) : null;
        next = frame?.End ?? Math.Max(position, end);
        return frame;
    }
}
