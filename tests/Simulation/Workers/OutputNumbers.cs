using Millrace.Checking.Histories;
using Millrace.Common.Model;

namespace Millrace.Simulation.Workers;

/// <summary>The events that tasks have emitted, by task and sequence: whoever emits one again must emit the
/// same.</summary>
internal sealed class OutputNumbers(History history)
{
    private readonly Dictionary<(TaskId, ulong), (long Number, long Input)> _byOutput = [];

    public static string ProducerOf(TaskId task) => $"task-{task.Value}";

    /// <summary>The number of an output; the first one to emit it makes it.</summary>
    /// <param name="input">The number of the event that it was made from.</param>
    public long NumberOf(TaskId task, string topic, ulong sequence, string key, long input)
    {
        if (!_byOutput.TryGetValue((task, sequence), out (long Number, long Input) known))
        {
            known = (history.Sent.Count, input);
            _byOutput[(task, sequence)] = known;
            history.Sent.Add(new SentEvent(ProducerOf(task), topic, sequence, key) { IsOutput = true });
        }
        else if (known.Input != input)
        {
            history.Report("V13", $"{task} made output {sequence} from event {input}, and before from {known.Input}");
        }

        return known.Number;
    }
}
