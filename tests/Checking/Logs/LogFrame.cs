namespace Millrace.Checking.Logs;

/// <summary>One frame of the journal as the checkers read it.</summary>
public sealed class LogFrame
{
    public required ulong Position { get; init; }

    public required ulong End { get; init; }

    public required uint Generation { get; init; }

    public required ulong Incarnation { get; init; }

    /// <summary>Up to here everything was synced when this frame was written.</summary>
    public required ulong DurableEnd { get; init; }

    public required IReadOnlyList<LogRange> Ranges { get; init; }

    public required IReadOnlyList<ControlEvent> Controls { get; init; }

    public required IReadOnlyList<LogBlock> Blocks { get; init; }
}

/// <summary>Sequences of a producer and topic that a frame claims to hold.</summary>
public readonly record struct LogRange(ulong Producer, uint Topic, ulong FirstSequence, uint Count);

/// <summary>A partition's events within a frame.</summary>
public sealed record LogBlock(
    uint Partition,
    ulong FirstOffset,
    ulong HashSumAfter,
    IReadOnlyList<LogEvent> Events);

/// <param name="Number">The event's number from its payload; -1: not a payload that any client has made.</param>
/// <param name="Hash">XXH64 of the encoded entry.</param>
public readonly record struct LogEvent(string Key, long Number, ulong Hash);
