using Millrace.Common.Model;

namespace Millrace.Worker.Core.Flow;

/// <summary>One task's events of one frame, or one part of them when they are too many for a message.</summary>
internal readonly ref struct Block
{
    public required TaskId Task { get; init; }

    public required Epoch Epoch { get; init; }

    /// <summary>Once the block is applied, everything for the task in frames that end at or below it is
    /// applied.</summary>
    public required ulong Position { get; init; }

    /// <summary>Offset of the first event; of the next one to come when there are none.</summary>
    public required ulong FirstOffset { get; init; }

    /// <summary>How many events there are. 0: nothing for the task up to the position.</summary>
    public required uint Count { get; init; }

    /// <summary>The next block holds more events of the same frame.</summary>
    public required bool Continued { get; init; }

    /// <summary>The events: tag, length and event, one after another.</summary>
    public required ReadOnlySpan<byte> Entries { get; init; }

    public ulong EndOffset => FirstOffset + Count;
}
