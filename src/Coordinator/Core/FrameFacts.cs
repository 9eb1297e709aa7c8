using Millrace.Common.Model;

namespace Millrace.Coordinator.Core;

/// <summary>What control state needs to know of one frame, read back from the journal. Control records apply
/// first.</summary>
/// <param name="Position">Journal position of the frame's first byte.</param>
/// <param name="End">Journal position after its last byte, padding included: the position that commits name.</param>
internal sealed record FrameFacts(
    ulong Position,
    ulong End,
    ulong Incarnation,
    long UnixMs,
    IReadOnlyList<ControlRecord> Records,
    IReadOnlyList<ProducerRange> Ranges,
    IReadOnlyList<PartitionBlock> Blocks);

/// <summary>Sequences of one producer and topic that a frame stores.</summary>
internal readonly record struct ProducerRange(ulong Producer, TopicId Topic, ulong FirstSequence, uint Count)
{
    public ulong LastSequence => FirstSequence + Count - 1;
}

/// <summary>The events of one partition within a frame.</summary>
/// <param name="FirstOffset">Offset of the first event: the count of all events of the partition before it.</param>
/// <param name="HashSumAfter">Sum mod 2^64 of XXH64 (seed 0) over every entry of the partition up to the block's
/// end.</param>
/// <param name="ByteOffset">Where the block's bytes start, counted from the frame's first byte.</param>
/// <param name="ByteLength">Length of the block in bytes: entries (tag, length, event) one after another.</param>
internal readonly record struct PartitionBlock(
    PartitionId Partition,
    ulong FirstOffset,
    uint Count,
    ulong HashSumAfter,
    int ByteOffset,
    int ByteLength)
{
    public ulong EndOffset => FirstOffset + Count;
}
