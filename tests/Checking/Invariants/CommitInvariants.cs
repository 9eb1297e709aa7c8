using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>What must hold of decisions along the journal: V7 to V10.</summary>
public sealed class CommitInvariants(History history, Log log, List<Violation> found)
{
    private readonly Dictionary<ulong, ulong> _epochOfTask = [];
    private readonly Dictionary<(ulong Task, ulong Epoch), string> _warming = [];
    private readonly Dictionary<string, ulong> _epochOfProducer = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, TaskCommit> _lastCommit = [];
    private readonly Dictionary<ulong, Fold> _folds = [];
    private readonly Dictionary<ulong, string> _producers = [];
    private readonly Dictionary<(string Producer, uint Topic), ulong> _stored = [];
    private readonly HashSet<ulong> _retired = [];
    private ulong _incarnation;
    private ulong _highestEpoch;

    public void Check()
    {
        foreach (LogFrame frame in log.Frames)
        {
            Store(frame);
            foreach (ControlEvent control in frame.Controls)
            {
                Check(frame, control);
            }

            if (frame.Incarnation < _incarnation)
            {
                Found("V8", $"frame at {frame.Position} is of incarnation {frame.Incarnation} after {_incarnation}");
            }
        }

        CheckSeen();
    }

    private void Check(LogFrame frame, ControlEvent control)
    {
        switch (control)
        {
            case CoordinatorBegan began:
                Rises("coordinator", began.Incarnation, ref _incarnation, frame);
                break;
            case ProducerBegan began:
                ulong before = _epochOfProducer.GetValueOrDefault(began.Producer);
                Rises($"producer {began.Producer}", began.Epoch, ref before, frame);
                _epochOfProducer[began.Producer] = before;
                break;
            case TaskGiven given:
                CheckGiven(frame, given);
                break;
            case TaskWarms warms:
                // What was a standby may be told to take over as soon as it can.
                if (_warming.GetValueOrDefault((warms.Task, warms.Epoch)) != warms.Process)
                {
                    Rises($"copy of task {warms.Task}", warms.Epoch, ref _highestEpoch, frame);
                }

                _warming[(warms.Task, warms.Epoch)] = warms.Process;
                break;
            case TaskCools cools:
                _warming.Remove((cools.Task, cools.Epoch));
                break;
            case TasksChanged changed:
                _retired.UnionWith(changed.Retired);
                break;
            case TaskCommit commit:
                CheckCommit(frame, commit);
                CheckOutputs(frame, commit);
                break;
        }
    }

    /// <summary>A task gets a new epoch, or the one that was set aside for the copy that takes over, if no higher one
    /// came in between.</summary>
    private void CheckGiven(LogFrame frame, TaskGiven given)
    {
        if (_warming.Remove((given.Task, given.Epoch), out string? process) && process == given.Process)
        {
            ulong before = _epochOfTask.GetValueOrDefault(given.Task);
            Rises($"task {given.Task}", given.Epoch, ref before, frame);
        }
        else
        {
            Rises($"task {given.Task}", given.Epoch, ref _highestEpoch, frame);
        }

        _epochOfTask[given.Task] = given.Epoch;
    }

    /// <summary>Notes how far the frame brings each producer; a task's commit may stand in the same frame as its
    /// outputs.</summary>
    private void Store(LogFrame frame)
    {
        foreach (ProducerBegan began in frame.Controls.OfType<ProducerBegan>())
        {
            _producers[began.Number] = began.Producer;
        }

        foreach (LogRange range in frame.Ranges)
        {
            string producer = _producers.GetValueOrDefault(range.Producer, "?");
            _stored[(producer, range.Topic)] = range.FirstSequence + range.Count - 1;
        }
    }

    /// <summary>The outputs that a commit speaks of are stored no later than the commit itself.</summary>
    private void CheckOutputs(LogFrame frame, TaskCommit commit)
    {
        foreach ((uint topic, ulong last) in commit.Outputs)
        {
            ulong stored = _stored.GetValueOrDefault(($"task-{commit.Task}", topic));
            if (stored < last)
            {
                Found("V13", $"commit {commit.CommitId} of task {commit.Task} at {frame.Position} speaks of output "
                    + $"{last}, stored are {stored}");
            }
        }
    }

    /// <summary>V8: an epoch is never used twice and never falls.</summary>
    private void Rises(string what, ulong value, ref ulong before, LogFrame frame)
    {
        if (value <= before)
        {
            Found("V8", $"{what} gets epoch {value} at {frame.Position} after {before}");
        }

        before = Math.Max(before, value);
    }

    private void CheckCommit(LogFrame frame, TaskCommit commit)
    {
        string what = $"commit {commit.CommitId} of task {commit.Task} at {frame.Position}";
        if (_retired.Contains(commit.Task))
        {
            Found("V7", $"{what} comes after others have taken over");
        }

        if (commit.Epoch != _epochOfTask.GetValueOrDefault(commit.Task))
        {
            Found("V7", $"{what} has epoch {commit.Epoch}, current is {_epochOfTask.GetValueOrDefault(commit.Task)}");
        }

        if (_lastCommit.TryGetValue(commit.Task, out TaskCommit? last)
            && (commit.Position < last.Position || commit.NextOffset < last.NextOffset))
        {
            Found("V9", $"{what} falls back from {last.Position} to {commit.Position}");
        }

        if (commit.Position > frame.DurableEnd)
        {
            Found("V9", $"{what} names position {commit.Position}; durable was {frame.DurableEnd}");
        }

        _lastCommit[commit.Task] = commit;
        CheckState(what, commit);
    }

    /// <summary>V10: the state is the fold of exactly the events below the committed offset.</summary>
    private void CheckState(string what, TaskCommit commit)
    {
        if (!log.Tasks.TryGetValue(commit.Task, out TaskMade? task))
        {
            Found("V10", $"{what} is of a task that was never deployed");
            return;
        }

        if (!_folds.TryGetValue(commit.Task, out Fold? fold))
        {
            _folds[commit.Task] = fold = Fold.Of(log, task);
        }

        if (!fold.TryAdvance(commit.NextOffset))
        {
            Found("V9", $"{what} names offset {commit.NextOffset} beyond the partition's end");
            return;
        }

        if (fold.HashSum != commit.HashSum)
        {
            Found("V10", $"{what}: hash-sum differs at offset {commit.NextOffset}");
        }

        if (!history.Snapshots.TryGetValue(commit.SnapshotId, out SnapshotSeen? snapshot))
        {
            Found("V10", $"{what} names snapshot {commit.SnapshotId}, which no worker has made");
        }
        else if (snapshot.NextOffset != commit.NextOffset)
        {
            Found("V10", $"{what} is of offset {commit.NextOffset}, its snapshot of {snapshot.NextOffset}");
        }
        else if (fold.Difference(snapshot.Counts) is { } difference)
        {
            Found("V10", $"{what}: {difference}");
        }
    }

    /// <summary>What a worker was told to be committed is in the journal.</summary>
    private void CheckSeen()
    {
        var stored = log.Controls.Select(c => c.Control).OfType<TaskCommit>()
            .Select(c => (c.Task, c.Epoch, c.CommitId)).ToHashSet();
        foreach (CommitSeen seen in history.CommitsSeen)
        {
            if (!stored.Contains((seen.Task, seen.Epoch, seen.CommitId)))
            {
                Found("V1", $"{seen} is not in the journal");
            }
        }
    }

    private void Found(string invariant, string words) => found.Add(new Violation(invariant, words));
}
