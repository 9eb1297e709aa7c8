using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>What must hold of the work done by workers: V6 and V12.</summary>
public static class RunInvariants
{
    public static void Check(History history, Log log, List<Violation> found)
    {
        CheckOwners(history, log, found);
        CheckTiles(history, log, found);
    }

    /// <summary>V6: at most one process runs a task under one epoch, and it is the one the journal names, for a warm
    /// copy the one that the epoch is set aside for.</summary>
    private static void CheckOwners(History history, Log log, List<Violation> found)
    {
        var given = new Dictionary<(ulong, ulong), string>();
        foreach ((_, ControlEvent control) in log.Controls)
        {
            if (control is TaskGiven give)
            {
                given[(give.Task, give.Epoch)] = give.Process;
            }
            else if (control is TaskWarms warms)
            {
                given[(warms.Task, warms.Epoch)] = warms.Process;
            }
        }

        foreach (TaskRun run in history.Runs)
        {
            string? owner = given.GetValueOrDefault((run.Task, run.Epoch));
            if (owner != run.Process)
            {
                string giver = $"the journal gives it to {owner ?? "nobody"}";
                found.Add(new Violation("V6", $"task {run.Task} epoch {run.Epoch} runs on {run.Process}; {giver}"));
            }
        }
    }

    private static ulong AfterPassed(IReadOnlySet<ulong> passed, ulong offset)
    {
        while (passed.Contains(offset))
        {
            offset++;
        }

        return offset;
    }

    /// <summary>V12: each run starts at a committed point and applies every later event once, in order; so along the
    /// commits that survive, the applied ranges tile the partition.</summary>
    private static void CheckTiles(History history, Log log, List<Violation> found)
    {
        ILookup<ulong, TaskCommit> commits = log.Controls.Select(c => c.Control).OfType<TaskCommit>()
            .ToLookup(c => c.Task);
        var ends = new Dictionary<(ulong, ulong), ulong>();
        foreach (TaskRun run in history.Runs)
        {
            string what = $"task {run.Task} epoch {run.Epoch} on {run.Process}";
            bool committed = commits[run.Task]
                .Any(c => c.NextOffset == run.FirstOffset && c.SnapshotId == run.SnapshotId);
            bool beginning = run.SnapshotId.Length == 0
                && log.Tasks.TryGetValue(run.Task, out TaskMade? made) && made.FirstOffset == run.FirstOffset;
            if (!committed && !beginning)
            {
                found.Add(new Violation("V12", $"{what} starts at offset {run.FirstOffset}, which is not committed"));
            }

            List<LogEvent> events = log.Partition(run.Partition);
            IReadOnlySet<ulong> passed = log.PassedBy(run.Task);
            ulong next = AfterPassed(passed, run.FirstOffset);
            foreach (long applied in run.Applied)
            {
                if (next >= (ulong)events.Count || events[(int)next].Number != applied)
                {
                    found.Add(new Violation("V12", $"{what} applies event {applied} in place of offset {next}"));
                    break;
                }

                next = AfterPassed(passed, next + 1);
            }

            (ulong, ulong) id = (run.Task, run.Epoch);
            ends[id] = Math.Max(ends.GetValueOrDefault(id), next);
        }

        foreach (TaskCommit commit in commits.SelectMany(c => c))
        {
            if (commit.NextOffset > ends.GetValueOrDefault((commit.Task, commit.Epoch)))
            {
                string what = $"task {commit.Task} epoch {commit.Epoch}";
                found.Add(new Violation("V12", $"{what} commits offset {commit.NextOffset}, which it has not applied"));
            }
        }
    }
}
