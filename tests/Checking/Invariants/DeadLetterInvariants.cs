using Millrace.Checking.Histories;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>V14: of the events that a task has passed each one was either applied or is told of by one verdict, which
/// stands in the journal before any commit that speaks of it.</summary>
public sealed class DeadLetterInvariants(Log log, List<Violation> found)
{
    private readonly Dictionary<ulong, SortedDictionary<ulong, EventPassed>> _verdicts = [];
    private readonly Dictionary<ulong, Dictionary<string, List<(ulong From, ulong Until)>>> _parked = [];
    private readonly Dictionary<ulong, ulong> _checked = [];

    public static void Check(Log log, List<Violation> found) => new DeadLetterInvariants(log, found).Check();

    private void Check()
    {
        foreach ((LogFrame frame, ControlEvent control) in log.Controls)
        {
            switch (control)
            {
                case EventPassed passed:
                    Note(frame, passed);
                    break;
                case KeyFreed freed:
                    freed.From.ToList().ForEach(from => Free(from.Task, freed.Key, from.Offset));
                    break;
                case TasksChanged changed:
                    Inherit(changed);
                    break;
                case TaskCommit commit when log.Tasks.TryGetValue(commit.Task, out TaskMade? task):
                    Check(frame, commit, task);
                    break;
            }
        }
    }

    private void Note(LogFrame frame, EventPassed passed)
    {
        if (!_verdicts.TryGetValue(passed.Task, out SortedDictionary<ulong, EventPassed>? verdicts))
        {
            _verdicts[passed.Task] = verdicts = [];
        }

        if (!verdicts.TryAdd(passed.Offset, passed))
        {
            Found($"task {passed.Task} gets a second verdict on offset {passed.Offset} at {frame.Position}");
        }

        if (passed.Parks is { } key)
        {
            Park(passed.Task, key, passed.Offset);
        }
    }

    private void Check(LogFrame frame, TaskCommit commit, TaskMade task)
    {
        bool isPicky = log.OperatorOf(task.Task) == BadEvents.Operator;
        List<LogEvent> events = log.Partition(task.Partition);
        SortedDictionary<ulong, EventPassed>? verdicts = _verdicts.GetValueOrDefault(task.Task);
        ulong end = Math.Min(commit.NextOffset, (ulong)events.Count);
        ulong offset = _checked.GetValueOrDefault(task.Task, task.FirstOffset);
        for (; offset < end; offset++)
        {
            LogEvent one = events[(int)offset];
            bool isWanted = isPicky && !BadEvents.Are(one.Number) && !IsParked(task.Task, one.Key, offset);
            bool isPassed = verdicts?.ContainsKey(offset) == true;
            if (isPicky && isWanted == isPassed)
            {
                string what = isPassed ? "a verdict passes over a good event" : "there is no verdict on a bad event";
                Found($"task {task.Task} commits past offset {offset} at {frame.Position}, and {what}");
            }
        }

        _checked[task.Task] = offset;
    }

    private void Inherit(TasksChanged changed)
    {
        foreach (ulong parent in changed.Retired)
        {
            foreach ((string key, List<(ulong From, ulong Until)> spans) in _parked.GetValueOrDefault(parent) ?? [])
            {
                if (spans.Any(s => s.Until == ulong.MaxValue))
                {
                    changed.Tasks.ToList().ForEach(child => Park(child.Task, key, 0));
                }
            }
        }
    }

    private void Park(ulong task, string key, ulong from) => SpansOf(task, key).Add((from, ulong.MaxValue));

    private void Free(ulong task, string key, ulong until)
    {
        List<(ulong From, ulong Until)> spans = SpansOf(task, key);
        for (int i = 0; i < spans.Count; i++)
        {
            spans[i] = (spans[i].From, Math.Min(spans[i].Until, until));
        }
    }

    private bool IsParked(ulong task, string key, ulong offset) =>
        SpansOf(task, key).Any(s => offset >= s.From && offset < s.Until);

    private List<(ulong From, ulong Until)> SpansOf(ulong task, string key)
    {
        if (!_parked.TryGetValue(task, out Dictionary<string, List<(ulong, ulong)>>? keys))
        {
            _parked[task] = keys = new(StringComparer.Ordinal);
        }

        if (!keys.TryGetValue(key, out List<(ulong, ulong)>? spans))
        {
            keys[key] = spans = [];
        }

        return spans;
    }

    private void Found(string words) => found.Add(new Violation("V14", words));
}
