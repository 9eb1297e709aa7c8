using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>
/// A topic's rule from event to key group; which partition holds a group is the route's table. Immutable, so ingest
/// calls it from any thread; allocates nothing.
/// </summary>
internal abstract class Partitioner(PartitioningSpec spec)
{
    public PartitioningSpec Spec { get; } = spec;

    /// <summary>XXH64 over key groups, which nearly all topics have: callers may short-cut it.</summary>
    public bool IsXxh64 => Spec is { Kind: PartitioningKind.Hash, Function: KeyFunction.Xxh64 };

    /// <summary>An event without a key is refused.</summary>
    public virtual bool NeedsKey => true;

    /// <summary>All events of a key are in one partition.</summary>
    public virtual bool KeepsKeysTogether => true;

    /// <summary>Not a rule but the machine decides, when a batch is stored: <see cref="GroupOf"/> must not be
    /// called.</summary>
    public virtual bool IsChosenWhenStored => false;

    /// <summary>How workers cut the state of a partition.</summary>
    public abstract KeyFunction Function { get; }

    /// <summary>Why no partition of the topic can be split or merged; null: they can.</summary>
    public virtual string? WhyFixed => null;

    /// <summary>The event's key group.</summary>
    /// <param name="timeMs">Event time, milliseconds since 1970; 0: not said.</param>
    public abstract int GroupOf(ReadOnlySpan<byte> key, long timeMs);

    /// <summary>The group that holds every event with this key; -1: any partition may hold some.</summary>
    public abstract int GroupOfKey(ReadOnlySpan<byte> key);

    /// <param name="groups">How many key groups the topic has.</param>
    /// <param name="firstLive">Of ranges of time: the first one that is live.</param>
    public static Partitioner Of(PartitioningSpec spec, int groups, long firstLive = 0) => spec.Kind switch
    {
        PartitioningKind.RangeByTime => new TimeRangePartitioner(spec, firstLive),
        PartitioningKind.Hash => new HashPartitioner(spec, groups),
        PartitioningKind.RangeByKey => new KeyRangePartitioner(spec),
        PartitioningKind.Key => new DirectoryPartitioner(spec),
        PartitioningKind.Spread => new SpreadPartitioner(spec),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "No topic can have it."),
    };
}
