using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>V15, after all faults are over: everything sent is stored and acknowledged, everything stored is
/// committed, and the running tasks count what the oracle counts. Without it silence would be success.</summary>
public static class Completeness
{
    /// <param name="counts">By task, what it says that it counts now and up to which offset.</param>
    public static void Check(
        History history,
        Log log,
        IReadOnlyDictionary<ulong, SnapshotSeen> counts,
        List<Violation> found)
    {
        int stored = log.Partitions.Sum(p => log.Partition(p).Count);
        if (stored != history.Sent.Count)
        {
            found.Add(new Violation("V15", $"{history.Sent.Count} events were sent, {stored} are stored"));
        }

        IEnumerable<IGrouping<(string, string), SentEvent>> lanes = history.Sent.Where(s => !s.IsOutput)
            .GroupBy(s => (s.Producer, s.Topic));
        foreach (IGrouping<(string, string), SentEvent> sent in lanes)
        {
            ulong last = sent.Max(s => s.Sequence);
            if (!history.Acknowledgements.Any(a => (a.Producer, a.Topic) == sent.Key && a.LastSequence >= last))
            {
                found.Add(new Violation("V15", $"{sent.Key} was not acknowledged up to {last}"));
            }
        }

        Dictionary<ulong, TaskCommit> commits = log.Controls.Select(c => c.Control).OfType<TaskCommit>()
            .GroupBy(c => c.Task).ToDictionary(g => g.Key, g => g.Last());
        foreach ((ulong task, TaskMade made) in log.Tasks)
        {
            List<LogEvent> events = log.Partition(made.Partition);
            ulong committed = commits.TryGetValue(task, out TaskCommit? last) ? last.NextOffset : made.FirstOffset;
            if (committed != (ulong)events.Count)
            {
                found.Add(new Violation("V15", $"task {task} committed {committed} of {events.Count} events"));
            }

            if (log.Retired.Contains(task))
            {
                continue;
            }

            Fold fold = Fold.Of(log, made);
            fold.TryAdvance((ulong)events.Count);
            string? difference = counts.TryGetValue(task, out SnapshotSeen? now)
                ? fold.Difference(now.Counts)
                : "nobody runs it";
            if (difference is not null)
            {
                found.Add(new Violation("V10", $"task {task} in the end: {difference}"));
            }
        }
    }
}
