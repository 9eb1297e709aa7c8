using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>
/// By ranges of event time. Partition 0 takes what is older than the live ranges, or has no event time; partition 1
/// what is newer; the others are slots that the ranges go round in, so a new range takes the slot of the oldest one
/// that is kept. Which ranges are live is moved on by the coordinator's time, never by events.
/// </summary>
/// <param name="firstLive">Number of the first live range; range 0 begins at the origin.</param>
internal sealed class TimeRangePartitioner(PartitioningSpec spec, long firstLive) : Partitioner(spec)
{
    public const int Late = 0;
    public const int Early = 1;
    public const int FirstSlot = 2;

    private readonly TimeRangeSpec _ranges = spec.Time!;

    public long FirstLive { get; } = firstLive;

    /// <summary>The last one that takes events.</summary>
    public long LastOpen => FirstLive + _ranges.Live + _ranges.Ahead - 1;

    public override bool NeedsKey => false;

    public override bool KeepsKeysTogether => false;

    public override KeyFunction Function => KeyFunction.Partition;

    public override string WhyFixed =>
        "its partitions are ranges of time that go round by themselves, and what a job keeps of one has no times by "
        + "which it could be cut";

    /// <summary>How many partitions a topic has.</summary>
    public static int PartitionsOf(TimeRangeSpec ranges) => FirstSlot + Slots(ranges);

    /// <summary>The first live range at a time: the one that the time is in is the last that is due.</summary>
    public static long FirstLiveAt(TimeRangeSpec ranges, long unixMs) => RangeOf(ranges, unixMs) - ranges.Live + 1;

    public override int GroupOf(ReadOnlySpan<byte> key, long timeMs)
    {
        long range = RangeOf(_ranges, timeMs);
        return timeMs == 0 || range < FirstLive ? Late : range > LastOpen ? Early : SlotOf(range);
    }

    public override int GroupOfKey(ReadOnlySpan<byte> key) => -1;

    /// <summary>The range that a slot holds now; null: it is not a slot.</summary>
    public long? RangeIn(int partition)
    {
        if (partition < FirstSlot)
        {
            return null;
        }

        long ahead = Modulo(partition - FirstSlot - (LastOpen + 1), Slots(_ranges));
        return LastOpen + 1 - Slots(_ranges) + ahead;
    }

    /// <summary>When a range begins, milliseconds since 1970.</summary>
    public long StartOf(long range) => _ranges.OriginMs + (range * _ranges.RangeMs);

    private static int Slots(TimeRangeSpec ranges) => ranges.Live + ranges.Ahead + ranges.Kept;

    private static long RangeOf(TimeRangeSpec ranges, long unixMs)
    {
        Int128 since = (Int128)unixMs - ranges.OriginMs;
        Int128 range = since / ranges.RangeMs;
        return (long)(since % ranges.RangeMs < 0 ? range - 1 : range);
    }

    private static long Modulo(long number, int by) => ((number % by) + by) % by;

    private int SlotOf(long range) => FirstSlot + (int)Modulo(range, Slots(_ranges));
}
