using Millrace.Common.Model;

namespace Millrace.Worker.Core.Flow;

/// <summary>One task's events of one frame, or one part of them when they are too many for a message.</summary>
internal readonly ref struct Block
{
    public required TaskId Task { get; init; }

    public required Epoch Epoch { get; init; }

    /// <summary>The end of the frame when these are its last events for the task; 0: more of the frame follows.</summary>
    public required ulong FrameEnd { get; init; }

    /// <summary>Offset of the first event.</summary>
    public required ulong FirstOffset { get; init; }

    /// <summary>How many events there are.</summary>
    public required uint Count { get; init; }

    /// <summary>The events: tag, length and event, one after another.</summary>
    public required ReadOnlySpan<byte> Entries { get; init; }

    public ulong EndOffset => FirstOffset + Count;
}
