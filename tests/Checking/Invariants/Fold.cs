using System.Runtime.InteropServices;
using Millrace.Checking.Logs;

namespace Millrace.Checking.Invariants;

/// <summary>The oracle: how often each key occurs in a partition from one offset up to another. Goes forward
/// only.</summary>
public sealed class Fold(
    IReadOnlyList<LogEvent> events, ulong firstOffset, IReadOnlySet<ulong>? passed = null)
{
    /// <summary>What a task counts; it starts with what those counted from which it took over.</summary>
    public static Fold Of(Log log, TaskMade task)
    {
        var fold = new Fold(log.Partition(task.Partition), task.FirstOffset, log.PassedBy(task.Task));
        PartitionSpan? span = log.SpanOf(task.Partition);
        foreach (ulong number in log.ParentsOf(task.Task).Where(p => p < task.Task))
        {
            // One that was never made is told of elsewhere (V20).
            if (!log.Tasks.TryGetValue(number, out TaskMade? parent))
            {
                continue;
            }

            Fold whole = Of(log, parent);
            whole.TryAdvance((ulong)log.Partition(parent.Partition).Count);
            foreach ((string key, ulong count) in whole._counts)
            {
                if (span?.Holds(key) != false)
                {
                    fold._counts[key] = fold._counts.GetValueOrDefault(key) + count;
                }
            }
        }

        return fold;
    }

    private readonly Dictionary<string, ulong> _counts = new(StringComparer.Ordinal);
    private int _next;

    public ulong HashSum { get; private set; }

    /// <summary>False: the partition has fewer events, or the fold stands beyond the offset already.</summary>
    public bool TryAdvance(ulong nextOffset)
    {
        if (nextOffset > (ulong)events.Count || nextOffset < (ulong)_next)
        {
            return false;
        }

        for (; (ulong)_next < nextOffset; _next++)
        {
            if ((ulong)_next >= firstOffset && passed?.Contains((ulong)_next) != true)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_counts, events[_next].Key, out _)++;
            }

            HashSum += events[_next].Hash;
        }

        return true;
    }

    /// <summary>The first thing in which counts differ from the oracle's; null: they are the same.</summary>
    public string? Difference(IReadOnlyDictionary<string, ulong> counts)
    {
        foreach ((string key, ulong count) in _counts)
        {
            ulong other = counts.GetValueOrDefault(key);
            if (other != count)
            {
                return $"key {key} counts {other} instead of {count} at offset {_next}";
            }
        }

        return counts.Count == _counts.Count
            ? null
            : $"{counts.Count} keys instead of {_counts.Count} at offset {_next}";
    }
}
