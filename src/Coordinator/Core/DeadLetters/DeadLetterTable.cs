using Millrace.Common.Model;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.DeadLetters;

/// <summary>The verdicts on events that tasks cannot apply, and what is kept of those events. Durable state.</summary>
internal sealed class DeadLetterTable
{
    private readonly SortedDictionary<ulong, DeadLetter> _letters = [];
    private readonly SortedDictionary<ulong, TaskVerdicts> _tasks = [];
    private readonly SortedDictionary<uint, DeadLetterCounts> _counts = [];

    public ulong LastLetter { get; private set; }

    /// <summary>By number.</summary>
    public IReadOnlyCollection<DeadLetter> All => _letters.Values;

    public DeadLetter? Find(ulong number) => _letters.GetValueOrDefault(number);

    /// <summary>Null: nothing was ever said about it, or all of it is over.</summary>
    public TaskVerdicts? Of(TaskId task) => _tasks.GetValueOrDefault(task.Value);

    /// <summary>Where the task stands still; null: it does not.</summary>
    public StoppedEvent? StoppedAt(TaskId task) => Of(task)?.Stopped;

    public VerdictList VerdictsOf(TaskId task, ulong from) => Of(task)?.From(from) ?? VerdictList.None;

    public DeadLetterCounts CountsOf(JobId job) => _counts.GetValueOrDefault(job.Value) ?? new();

    /// <exception cref="StateException">It contradicts what came before, or there is no rule for it.</exception>
    public void Apply(ControlRecord record)
    {
        switch (record)
        {
            case EventJudged judged:
                Apply(judged);
                break;
            case TaskStopped stopped:
                Apply(stopped);
                break;
            case BadEventRuleChanged changed:
                Apply(changed);
                break;
            case KeyReleased released:
                Apply(released);
                break;
            case DeadLetterClosed closed:
                Apply(closed);
                break;
            default:
                throw new StateException($"there is no rule for a record {record.GetType().Name}");
        }
    }

    private void Apply(EventJudged judged)
    {
        JobId job = judged.Job;
        TaskVerdicts task = TaskOf(judged.Task, job);
        task.Pass(judged.Offset);
        task.Stopped = null;
        DeadLetterCounts counts = CountsOf(job);
        if (judged.Letter is not { } letter)
        {
            _counts[job.Value] = counts with { Skipped = counts.Skipped + 1 };
            return;
        }

        _letters.Add(letter.Number, letter);
        LastLetter = letter.Number;
        _counts[job.Value] = counts with
        {
            Kept = counts.Kept + 1,
            KeptBytes = counts.KeptBytes + letter.Entry.Length,
            Quarantined = counts.Quarantined + 1,
        };
        if (judged.ParkKey)
        {
            task.Park(letter.Key, judged.Offset);
        }
    }

    private void Apply(TaskStopped stopped) =>
        TaskOf(stopped.Task, stopped.Job).Stopped =
            new StoppedEvent(
                stopped.Offset, stopped.Reason, stopped.IsFull, stopped.UnixMs, stopped.TookProcessDown);

    private void Apply(BadEventRuleChanged changed)
    {
        // What takes workers down is not tried in order to be judged, so it must not be forgotten before.
        foreach ((ulong task, TaskVerdicts verdicts) in _tasks
            .Where(t => t.Value.Job == changed.Job && t.Value.Stopped is not { TookProcessDown: true }).ToArray())
        {
            verdicts.Stopped = null;
            Tidy(task, verdicts);
        }
    }

    private void Apply(KeyReleased released)
    {
        foreach (ReleaseOffset from in released.From)
        {
            Of(from.Task)?.Release(released.Key, from.Offset);
        }
    }

    private void Apply(DeadLetterClosed closed)
    {
        if (!_letters.Remove(closed.Letter, out DeadLetter? letter))
        {
            throw new StateException($"dead letter {closed.Letter} is closed but is not known");
        }

        DeadLetterCounts counts = CountsOf(letter.Job);
        bool retried = closed.End == DeadLetterEnd.Retried;
        _counts[letter.Job.Value] = counts with
        {
            Kept = counts.Kept - 1,
            KeptBytes = counts.KeptBytes - letter.Entry.Length,
            Retried = counts.Retried + (retried ? 1u : 0),
            Discarded = counts.Discarded + (retried ? 0u : 1),
        };
    }

    /// <summary>Keys that are still parked stay so in the tasks that take over; which of these holds a key does not
    /// matter, because the others never see it.</summary>
    public void Apply(TasksReplaced replaced)
    {
        foreach (TaskId retired in replaced.Retired)
        {
            if (!_tasks.Remove(retired.Value, out TaskVerdicts? parent))
            {
                continue;
            }

            foreach (NewTask child in replaced.Tasks)
            {
                foreach (ParkedKey parked in parent.Parked.Where(p => p.Until is null))
                {
                    TaskOf(child.Task, replaced.Job).Park(parked.Key, 0);
                }
            }
        }
    }

    /// <summary>The task has committed: what nobody will restore again needs no verdict.</summary>
    public void Committed(AssignedTask task)
    {
        if (Of(task.Id) is { } verdicts)
        {
            verdicts.Forget(task.OlderRestore.NextOffset);
            Tidy(task.Id.Value, verdicts);
        }
    }

    /// <summary>Null: nothing is worth keeping.</summary>
    public DeadLettersDto? ToSnapshot() => LastLetter == 0 && _tasks.Count == 0 && _counts.Count == 0
        ? null
        : new DeadLettersDto(
            LastLetter,
            [.. _letters.Values],
            [
                .. _tasks.Select(t => new TaskVerdictsDto(
                    t.Key, t.Value.Job.Value, t.Value.From(0).Passed, t.Value.Parked, t.Value.Stopped)),
            ],
            [.. _counts.Select(c => new JobCountsDto(c.Key, c.Value))]);

    public static DeadLetterTable FromSnapshot(DeadLettersDto? dto)
    {
        var table = new DeadLetterTable();
        if (dto is null)
        {
            return table;
        }

        table.LastLetter = dto.LastLetter;
        foreach (DeadLetter letter in dto.Letters)
        {
            table._letters.Add(letter.Number, letter);
        }

        foreach (TaskVerdictsDto task in dto.Tasks)
        {
            TaskVerdicts verdicts = table.TaskOf(new TaskId(task.Task), new JobId(task.Job));
            verdicts.Load(task.Passed, task.Parked);
            verdicts.Stopped = task.Stopped;
        }

        foreach (JobCountsDto counts in dto.Counts)
        {
            table._counts[counts.Job] = counts.Counts;
        }

        return table;
    }

    private TaskVerdicts TaskOf(TaskId task, JobId job)
    {
        if (!_tasks.TryGetValue(task.Value, out TaskVerdicts? verdicts))
        {
            _tasks[task.Value] = verdicts = new TaskVerdicts(job);
        }

        return verdicts;
    }

    private void Tidy(ulong task, TaskVerdicts verdicts)
    {
        if (verdicts.AreNone)
        {
            _tasks.Remove(task);
        }
    }
}

internal sealed record DeadLettersDto(
    ulong LastLetter,
    IReadOnlyList<DeadLetter> Letters,
    IReadOnlyList<TaskVerdictsDto> Tasks,
    IReadOnlyList<JobCountsDto> Counts);

internal sealed record TaskVerdictsDto(
    ulong Task,
    uint Job,
    IReadOnlyList<ulong> Passed,
    IReadOnlyList<ParkedKey> Parked,
    StoppedEvent? Stopped);

internal sealed record JobCountsDto(uint Job, DeadLetterCounts Counts);
