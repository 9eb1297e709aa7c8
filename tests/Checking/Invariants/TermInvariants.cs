using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>V11: a coordinator acknowledges only what was stored by itself or before its time. What a later one stored
/// cannot have been durable when an earlier one said so, however late its word arrives.</summary>
public static class TermInvariants
{
    public static void Check(History history, Log log, List<Violation> found)
    {
        Dictionary<(string Producer, string Topic, ulong Sequence), ulong> storedBy = StoredBy(history, log);
        foreach (Acknowledgement ack in history.Acknowledgements.Where(a => a.Incarnation > 0))
        {
            if (storedBy.TryGetValue((ack.Producer, ack.Topic, ack.LastSequence), out ulong incarnation)
                && incarnation > ack.Incarnation)
            {
                found.Add(new Violation("V11", $"{ack} was given, but incarnation {incarnation} stored it"));
            }
        }
    }

    /// <summary>The incarnation that wrote the first copy of each event.</summary>
    private static Dictionary<(string, string, ulong), ulong> StoredBy(History history, Log log)
    {
        var storedBy = new Dictionary<(string, string, ulong), ulong>();
        foreach (LogFrame frame in log.Frames)
        {
            foreach (LogEvent stored in frame.Blocks.SelectMany(b => b.Events))
            {
                if (stored.Number >= 0 && stored.Number < history.Sent.Count)
                {
                    SentEvent sent = history.Sent[(int)stored.Number];
                    storedBy.TryAdd((sent.Producer, sent.Topic, sent.Sequence), frame.Incarnation);
                }
            }
        }

        return storedBy;
    }
}
