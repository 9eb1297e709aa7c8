using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>What must hold when partitions are split and merged: V19 (the cut is clean) and V20 (the work goes on
/// exactly where it ended).</summary>
public static class SealInvariants
{
    public static void Check(History history, Log log, List<Violation> found)
    {
        CheckPlaces(log, found);
        CheckHomes(log, found);
        CheckOrder(history, log, found);
        CheckSuccession(log, found);
        foreach (ulong task in log.TasksMadeTwice)
        {
            found.Add(new Violation("V20", $"task number {task} is given a second time"));
        }
    }

    /// <summary>Every event lies in the one partition that held its key group when its frame was written.</summary>
    private static void CheckPlaces(Log log, List<Violation> found)
    {
        foreach (LogFrame frame in log.Frames)
        {
            foreach (LogBlock block in frame.Blocks)
            {
                if (log.SpanOf(block.Partition) is not { } span)
                {
                    continue;
                }

                if (frame.End <= span.OpenedAt || frame.End > span.SealedAt)
                {
                    string when = $"which is from {span.OpenedAt} to {span.SealedAt}";
                    found.Add(new Violation("V19", $"frame to {frame.End} has events of {block.Partition}, {when}"));
                }

                bool isNew = span is { Share: not null, TakesNewKeys: true };
                if (!isNew && block.Events.FirstOrDefault(e => !span.Holds(e.Key)) is { Key: { } key })
                {
                    found.Add(new Violation("V19", $"partition {block.Partition} holds {key}, which is another's"));
                }
            }
        }
    }

    /// <summary>A key stays in its partition for as long as that is open.</summary>
    private static void CheckHomes(Log log, List<Violation> found)
    {
        var homes = new Dictionary<(string, string), uint>();
        foreach (LogFrame frame in log.Frames)
        {
            foreach (LogBlock block in frame.Blocks.Where(b => log.SpanOf(b.Partition)?.KeepsKeys == true))
            {
                foreach (LogEvent stored in block.Events)
                {
                    (string, string) key = (log.TopicOfPartition(block.Partition), stored.Key);
                    if (homes.TryGetValue(key, out uint home)
                        && home != block.Partition
                        && frame.Position < log.SpanOf(home)!.SealedAt)
                    {
                        found.Add(new Violation("V19", $"{key} goes to {block.Partition} while {home} is open"));
                    }

                    homes[key] = block.Partition;
                }
            }
        }
    }

    /// <summary>Events of one producer and key rise along the journal, whatever partitions they went to.</summary>
    private static void CheckOrder(History history, Log log, List<Violation> found)
    {
        var last = new Dictionary<(string, string, string), ulong>();
        foreach (LogEvent stored in log.Frames.SelectMany(f => f.Blocks).SelectMany(b => b.Events))
        {
            if (stored.Number < 0 || stored.Number >= history.Sent.Count)
            {
                continue;
            }

            SentEvent sent = history.Sent[(int)stored.Number];
            (string, string, string) lane = (sent.Producer, sent.Topic, sent.Key);
            if (last.TryGetValue(lane, out ulong before) && sent.Sequence <= before)
            {
                found.Add(new Violation("V19", $"{sent} comes after sequence {before} of its key"));
            }

            last[lane] = sent.Sequence;
        }
    }

    /// <summary>Tasks take over only when those before them have committed all that their partitions ever
    /// held.</summary>
    private static void CheckSuccession(Log log, List<Violation> found)
    {
        var commits = new Dictionary<ulong, TaskCommit>();
        foreach ((LogFrame frame, ControlEvent control) in log.Controls)
        {
            if (control is TaskCommit commit)
            {
                commits[commit.Task] = commit;
            }

            foreach (ulong task in control is TasksChanged changed ? changed.Retired : [])
            {
                CheckEnd(log, frame, task, commits.GetValueOrDefault(task), found);
            }
        }
    }

    private static void CheckEnd(Log log, LogFrame frame, ulong task, TaskCommit? commit, List<Violation> found)
    {
        if (!log.Tasks.TryGetValue(task, out TaskMade? made))
        {
            found.Add(new Violation("V20", $"task {task}, which was never made, is replaced at {frame.Position}"));
            return;
        }

        ulong sealedAt = log.SpanOf(made.Partition)?.SealedAt ?? ulong.MaxValue;
        ulong committed = commit?.NextOffset ?? made.FirstOffset;
        ulong all = (ulong)log.Partition(made.Partition).Count;
        if (frame.Position < sealedAt || committed != all)
        {
            string what = $"task {task} is replaced at {frame.Position} with {committed} of {all} events committed";
            found.Add(new Violation("V20", $"{what}; its partition is sealed at {sealedAt}"));
        }
    }
}
