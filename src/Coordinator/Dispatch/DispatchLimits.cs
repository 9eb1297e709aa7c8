namespace Millrace.Coordinator.Dispatch;

/// <summary>Sizes of the way out.</summary>
/// <param name="RingBytes">Recent frames kept in memory for all readers, in bytes.</param>
/// <param name="MessageBytes">A message to a worker or reader is sent when it holds about this much; a larger single
/// event travels alone. In bytes.</param>
/// <param name="CatchUpFrames">Old frames that one pass of a stream reads before it looks at new ones again.</param>
internal sealed record DispatchLimits(
    long RingBytes = 64 << 20,
    int MessageBytes = 256 << 10,
    int CatchUpFrames = 4)
{
    /// <summary>How long a task may go without being told that there is nothing for it.</summary>
    public TimeSpan NoticeInterval { get; init; } = TimeSpan.FromMilliseconds(20);
}
