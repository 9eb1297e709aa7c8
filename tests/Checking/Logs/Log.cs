namespace Millrace.Checking.Logs;

/// <summary>The whole journal, from its first frame to its last, with what the checkers look up in it.</summary>
public sealed class Log
{
    private readonly Dictionary<uint, List<LogEvent>> _partitions = [];
    private readonly Dictionary<uint, string> _topicNames = [];
    private readonly Dictionary<uint, string> _topicOf = [];
    private readonly Dictionary<ulong, TaskMade> _tasks = [];
    private readonly Dictionary<uint, TopicMade> _topics = [];
    private readonly Dictionary<uint, PartitionSpan> _spans = [];
    private readonly Dictionary<ulong, IReadOnlyList<ulong>> _parents = [];
    private readonly Dictionary<ulong, HashSet<ulong>> _passed = [];
    private readonly Dictionary<ulong, string> _operators = [];

    public Log(IReadOnlyList<LogFrame> frames)
    {
        Frames = frames;
        foreach (LogFrame frame in frames)
        {
            foreach (ControlEvent control in frame.Controls)
            {
                Controls.Add((frame, control));
                Learn(frame, control);
            }

            foreach (LogBlock block in frame.Blocks)
            {
                Partition(block.Partition).AddRange(block.Events);
            }
        }
    }

    public IReadOnlyList<LogFrame> Frames { get; }

    public List<(LogFrame Frame, ControlEvent Control)> Controls { get; } = [];

    public IReadOnlyDictionary<ulong, TaskMade> Tasks => _tasks;

    /// <summary>Tasks that were made under a number that had been used.</summary>
    public List<ulong> TasksMadeTwice { get; } = [];

    /// <summary>From where to where in the journal a partition may have events, and of which keys; null: not
    /// known.</summary>
    public PartitionSpan? SpanOf(uint partition) => _spans.GetValueOrDefault(partition);

    /// <summary>From which tasks a task took over; empty: it is as old as its job.</summary>
    public IReadOnlyList<ulong> ParentsOf(ulong task) => _parents.GetValueOrDefault(task) ?? [];

    /// <summary>Offsets of the events that a task is not to apply.</summary>
    public IReadOnlySet<ulong> PassedBy(ulong task) => _passed.GetValueOrDefault(task) ?? [];

    /// <summary>What a task runs; empty: not known.</summary>
    public string OperatorOf(ulong task) => _operators.GetValueOrDefault(task, "");

    /// <summary>Others have taken over from it.</summary>
    public HashSet<ulong> Retired { get; } = [];

    public IEnumerable<uint> Partitions => _partitions.Keys.Order();

    /// <summary>All events of a partition; the index is the offset.</summary>
    public List<LogEvent> Partition(uint partition)
    {
        if (!_partitions.TryGetValue(partition, out List<LogEvent>? events))
        {
            _partitions[partition] = events = [];
        }

        return events;
    }

    public string TopicName(uint topic) => _topicNames.GetValueOrDefault(topic, $"topic {topic}");

    public string TopicOfPartition(uint partition) => _topicOf.GetValueOrDefault(partition, "?");

    private void Learn(LogFrame frame, ControlEvent control)
    {
        switch (control)
        {
            case PartitionsChanged changed:
                Learn(frame, changed);
                break;
            case TasksChanged changed:
                Retired.UnionWith(changed.Retired);
                foreach (TaskMade task in changed.Tasks)
                {
                    Learn(task);
                    _parents[task.Task] = changed.Retired;
                    _operators[task.Task] = OperatorOf(changed.Retired[0]);
                }

                break;
            case EventPassed passed:
                if (!_passed.TryGetValue(passed.Task, out HashSet<ulong>? offsets))
                {
                    _passed[passed.Task] = offsets = [];
                }

                offsets.Add(passed.Offset);
                break;
            default:
                Learn(control);
                break;
        }
    }

    private void Learn(LogFrame frame, PartitionsChanged changed)
    {
        foreach (uint partition in changed.Sealed)
        {
            if (_spans.TryGetValue(partition, out PartitionSpan? span))
            {
                _spans[partition] = span with { SealedAt = frame.End };
            }
        }

        TopicMade? topic = _topics.GetValueOrDefault(changed.Topic);
        foreach (PartitionMade opened in changed.Opened)
        {
            _topicOf[opened.Partition] = TopicName(changed.Topic);
            _spans[opened.Partition] = new PartitionSpan(
                opened.FirstGroup, opened.EndGroup, topic?.KeyGroups ?? 0, frame.End)
            {
                Share = opened.Share,
                TakesNewKeys = topic?.SplitPoints is null,
                KeepsKeys = topic?.KeepsKeys ?? false,
            };
        }
    }

    private void Learn(TaskMade task)
    {
        if (!_tasks.TryAdd(task.Task, task))
        {
            TasksMadeTwice.Add(task.Task);
        }
    }

    private void Learn(ControlEvent control)
    {
        if (control is TopicMade topic)
        {
            _topicNames[topic.Topic] = topic.Name;
            _topics[topic.Topic] = topic;
            for (int i = 0; i < topic.Partitions.Count; i++)
            {
                long groups = topic.KeyGroups;
                _topicOf[topic.Partitions[i]] = topic.Name;
                _spans[topic.Partitions[i]] = new PartitionSpan(
                    (int)(i * groups / topic.Partitions.Count),
                    (int)((i + 1) * groups / topic.Partitions.Count),
                    topic.KeyGroups,
                    0)
                {
                    Share = topic.SplitPoints is { } points
                        ? new KeyRule(i == 0 ? null : points[i - 1], i == points.Count ? null : points[i])
                        : null,
                    KeepsKeys = topic.KeepsKeys,
                };
            }
        }
        else if (control is JobMade job)
        {
            foreach (TaskMade task in job.Tasks)
            {
                Learn(task);
                _operators[task.Task] = job.Operator;
            }
        }
    }
}
