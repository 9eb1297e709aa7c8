using Millrace.Common.Model;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Topics.Partitioning;

namespace Millrace.Coordinator.Core.HotKeys;

/// <summary>The keys that have been seen most often of late, by partition. Live only.</summary>
internal sealed class HotKeyBoard(CoordinatorState state, BatchPlacement batches)
{
    /// <summary>What was said longer ago is not believed any more.</summary>
    private static readonly TimeSpan _age = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(TopicId Topic, int Index), List<SeenKey>> _keys = [];
    private TimeSpan _at;

    public void Report(HotKeysSeen seen, TimeSpan now)
    {
        _at = now;
        _keys.Clear();
        foreach (SeenKey key in seen.Keys)
        {
            if (state.Topics.Find(key.Topic) is not { } topic)
            {
                continue;
            }

            (TopicId, int) place = (key.Topic, batches.Locate(topic, key.Key));
            if (!_keys.TryGetValue(place, out List<SeenKey>? there))
            {
                _keys[place] = there = [];
            }

            there.Add(key);
        }
    }

    /// <summary>The most frequent key of a task's partition; null: none that is seen often.</summary>
    public SeenKey? Of(AssignedTask task, TimeSpan now) =>
        In(state.Jobs.Get(task.Job).Topic, task.Index, now).MaxBy(k => k.Share);

    /// <summary>Those of a partition that are seen often.</summary>
    public IReadOnlyList<SeenKey> In(TopicId topic, int index, TimeSpan now) =>
        now - _at <= _age && _keys.TryGetValue((topic, index), out List<SeenKey>? keys) ? keys : [];
}
