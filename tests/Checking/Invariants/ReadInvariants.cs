using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>V16: an answer is of no earlier position than was asked for, so that nobody who names what he has seen ever
/// goes back; and it is what the journal holds up to the position that it names.</summary>
public static class ReadInvariants
{
    public static void Check(History history, Log log, List<Violation> found)
    {
        foreach (IGrouping<ulong, ReadSeen> reads in history.Reads.GroupBy(r => r.Task))
        {
            if (!log.Tasks.TryGetValue(reads.Key, out TaskMade? task))
            {
                found.Add(new Violation("V16", $"task {reads.Key}, which was never made, gave an answer"));
                continue;
            }

            List<(ulong End, ulong Offset)> ends = EndsOf(log, task.Partition);
            Fold fold = Fold.Of(log, task);
            int frame = 0;
            ulong offset = 0;
            foreach (ReadSeen read in reads.OrderBy(r => r.Position))
            {
                if (read.Position < read.MinPosition)
                {
                    found.Add(new Violation("V16", $"{read} is older than was asked for"));
                }

                for (; frame < ends.Count && ends[frame].End <= read.Position; frame++)
                {
                    offset = ends[frame].Offset;
                }

                fold.TryAdvance(offset);
                if (fold.Difference(read.Counts) is { } difference)
                {
                    found.Add(new Violation("V16", $"{read} is not true: {difference}"));
                }
            }
        }
    }

    /// <summary>By frame with events of the partition: where it ends, and how many events there are up to
    /// it.</summary>
    private static List<(ulong End, ulong Offset)> EndsOf(Log log, uint partition)
    {
        var ends = new List<(ulong, ulong)>();
        foreach (LogFrame frame in log.Frames)
        {
            foreach (LogBlock block in frame.Blocks.Where(b => b.Partition == partition))
            {
                ends.Add((frame.End, block.FirstOffset + (ulong)block.Events.Count));
            }
        }

        return ends;
    }
}
