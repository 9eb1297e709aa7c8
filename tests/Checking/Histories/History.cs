namespace Millrace.Checking.Histories;

/// <summary>
/// What was seen of one run from the outside: what clients sent and were told, what workers took and applied, which
/// snapshots they made. Kept in words of its own, not in the product's.
/// </summary>
public sealed class History
{
    private readonly Dictionary<uint, List<long>> _seen = [];
    private readonly List<Violation> _violations = [];
    private readonly Dictionary<string, Bound> _bounds = new(StringComparer.Ordinal);

    /// <summary>Every event that a client has asked to store; its number in its payload is its index here.</summary>
    public List<SentEvent> Sent { get; } = [];

    public List<Acknowledgement> Acknowledgements { get; } = [];

    /// <summary>Every time that a worker began to run a task.</summary>
    public List<TaskRun> Runs { get; } = [];

    /// <summary>Commits that a worker was told are accepted.</summary>
    public List<CommitSeen> CommitsSeen { get; } = [];

    /// <summary>Answers that somebody got who asked what tasks count.</summary>
    public List<ReadSeen> Reads { get; } = [];

    /// <summary>By snapshot id, the counts that it holds.</summary>
    public Dictionary<string, SnapshotSeen> Snapshots { get; } = new(StringComparer.Ordinal);

    /// <summary>By name, the worst that was measured of what must stay within a bound.</summary>
    public IReadOnlyDictionary<string, Bound> Bounds => _bounds;

    /// <summary>What was found wrong while the run went on.</summary>
    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>Somebody saw an event at an offset. It must be the same one for everybody, for ever (V5).</summary>
    public void Observe(uint partition, ulong offset, long number, string who)
    {
        if (!_seen.TryGetValue(partition, out List<long>? events))
        {
            _seen[partition] = events = [];
        }

        while ((ulong)events.Count <= offset)
        {
            events.Add(-1);
        }

        long before = events[(int)offset];
        if (before == -1)
        {
            events[(int)offset] = number;
        }
        else if (before != number)
        {
            Report("V5", $"partition {partition} offset {offset} was event {before}, and {who} saw event {number}");
        }
    }

    /// <summary>Something that must never exceed a bound is this large now (V18).</summary>
    public void Measure(string what, long value, long allowed)
    {
        if (!_bounds.TryGetValue(what, out Bound worst) || value - allowed > worst.Value - worst.Allowed)
        {
            _bounds[what] = new Bound(value, allowed);
        }
    }

    public void Report(string invariant, string words) => _violations.Add(new Violation(invariant, words));
}

/// <summary>An event as its client named it.</summary>
/// <param name="Sequence">Its number for the producer and topic, from 1.</param>
public sealed record SentEvent(string Producer, string Topic, ulong Sequence, string Key)
{
    /// <summary>A task has emitted it, so nobody may be there any more who could be told that it is stored.</summary>
    public bool IsOutput { get; init; }
}

/// <summary>How large something was, and how large it may be.</summary>
public readonly record struct Bound(long Value, long Allowed);

/// <summary>A client was told that everything of the topic up to a sequence is durable.</summary>
/// <param name="Incarnation">Of the coordinator that said so; 0: not known.</param>
public sealed record Acknowledgement(string Producer, string Topic, ulong LastSequence, ulong Incarnation, long AtUs);

/// <summary>One stretch in which one process ran one task under one epoch.</summary>
public sealed class TaskRun
{
    /// <summary>The process: name and which life of it.</summary>
    public required string Process { get; init; }

    public required ulong Task { get; init; }

    public required uint Partition { get; init; }

    public required ulong Epoch { get; init; }

    /// <summary>Where it started: the offset of the first event that it was to apply, and the snapshot it
    /// loaded.</summary>
    public required ulong FirstOffset { get; init; }

    public required string SnapshotId { get; init; }

    /// <summary>The numbers of the events that its operator took, in this order.</summary>
    public List<long> Applied { get; } = [];
}

/// <summary>A worker was told that its commit was accepted.</summary>
public sealed record CommitSeen(string Process, ulong Task, ulong Epoch, ulong CommitId, ulong Position, long AtUs);

/// <summary>What a task was said to count.</summary>
/// <param name="MinPosition">The journal position that the answer had to come to at least.</param>
/// <param name="Position">The one that it named.</param>
public sealed record ReadSeen(
    ulong Task, ulong MinPosition, ulong Position, IReadOnlyDictionary<string, ulong> Counts);

/// <summary>The state that a snapshot holds.</summary>
public sealed record SnapshotSeen(ulong NextOffset, IReadOnlyDictionary<string, ulong> Counts);

/// <summary>A broken promise: which invariant, and what happened.</summary>
public sealed record Violation(string Invariant, string Words)
{
    public override string ToString() => $"{Invariant}: {Words}";
}
