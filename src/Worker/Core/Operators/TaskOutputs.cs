using Millrace.Worker.Core.State;

namespace Millrace.Worker.Core.Operators;

/// <summary>
/// What a task emits, numbered per topic. Since the input is one deterministic sequence, a replay numbers the same
/// outputs in the same way, and the topic drops what it has already: a task is a producer like any other.
/// </summary>
internal sealed class TaskOutputs
{
    private readonly SortedDictionary<string, ulong> _lastSequences = new(StringComparer.Ordinal);
    private readonly Queue<TaskOutput> _pending = [];

    /// <summary>Emitted and not yet taken.</summary>
    public int PendingCount => _pending.Count;

    /// <summary>Continues after what a snapshot says.</summary>
    public void Restore(IReadOnlyList<OutputMark> marks)
    {
        foreach (OutputMark mark in marks)
        {
            _lastSequences[mark.Topic] = mark.LastSequence;
        }
    }

    public void Emit(string topic, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long timeMs)
    {
        ulong sequence = _lastSequences.GetValueOrDefault(topic) + 1;
        _lastSequences[topic] = sequence;
        _pending.Enqueue(new TaskOutput(topic, sequence, key.ToArray(), value.ToArray(), timeMs));
    }

    public bool TryTake(out TaskOutput? output) => _pending.TryDequeue(out output);

    /// <summary>The last sequence of each topic so far, in order of topic names.</summary>
    public IReadOnlyList<OutputMark> Marks() =>
        _lastSequences.Count == 0 ? [] : [.. _lastSequences.Select(pair => new OutputMark(pair.Key, pair.Value))];
}
