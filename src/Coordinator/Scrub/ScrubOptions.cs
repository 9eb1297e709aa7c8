namespace Millrace.Coordinator.Scrub;

/// <param name="BytesPerSecond">The most that is read; 0: nothing is looked over.</param>
/// <param name="Interval">Least time from the beginning of one pass to that of the next.</param>
internal sealed record ScrubOptions(long BytesPerSecond, TimeSpan Interval)
{
    public static ScrubOptions Default { get; } = new(16 << 20, TimeSpan.FromSeconds(10));
}
