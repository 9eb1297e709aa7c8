using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Scrub;

/// <summary>Every frame that is durable when the pass begins.</summary>
internal sealed class JournalScrub(FileJournal journal) : IScrubbed
{
    public IEnumerable<ScrubPiece> Pass()
    {
        ulong end = journal.DurableEnd;
        for (ulong at = 0; at < end && journal.Check(at) is { } frame; at = frame.Next)
        {
            yield return new ScrubPiece(frame.Bytes, frame.Damage);
        }
    }
}
