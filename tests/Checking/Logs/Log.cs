namespace Millrace.Checking.Logs;

/// <summary>The whole journal, from its first frame to its last, with what the checkers look up in it.</summary>
public sealed class Log
{
    private readonly Dictionary<uint, List<LogEvent>> _partitions = [];
    private readonly Dictionary<uint, string> _topicNames = [];
    private readonly Dictionary<uint, string> _topicOf = [];
    private readonly Dictionary<ulong, TaskMade> _tasks = [];

    public Log(IReadOnlyList<LogFrame> frames)
    {
        Frames = frames;
        foreach (LogFrame frame in frames)
        {
            foreach (ControlEvent control in frame.Controls)
            {
                Controls.Add((frame, control));
                Learn(control);
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

    private void Learn(ControlEvent control)
    {
        if (control is TopicMade topic)
        {
            _topicNames[topic.Topic] = topic.Name;
            foreach (uint partition in topic.Partitions)
            {
                _topicOf[partition] = topic.Name;
            }
        }
        else if (control is JobMade job)
        {
            foreach (TaskMade task in job.Tasks)
            {
                _tasks[task.Task] = task;
            }
        }
    }
}
