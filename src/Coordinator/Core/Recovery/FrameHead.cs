namespace Millrace.Coordinator.Core.Recovery;

/// <summary>What a frame's header says of its place. Means nothing before the frame's checksum has been
/// verified.</summary>
/// <param name="DurableEnd">Everything below was durable before the frame was written: a durable mark.</param>
internal readonly record struct FrameHead(
    int Version,
    ulong Position,
    ulong End,
    uint Generation,
    ulong Incarnation,
    ulong DurableEnd);
