namespace Millrace.Client.Core;

/// <summary>
/// Waits that double up to a limit. Each is drawn from the upper half, so that clients do not return in step.
/// </summary>
internal sealed class Backoff(TimeSpan min, TimeSpan max, ulong seed)
{
    public static readonly TimeSpan MostTold = TimeSpan.FromSeconds(10);

    private const int MostDoublings = 30;

    private ulong _state = seed;
    private int _failures;

    public void Reset() => _failures = 0;

    /// <param name="told">What the other side asked for: never less than that, and up to twice as long. No more of it
    /// is heeded than <see cref="MostTold"/>.</param>
    public TimeSpan Next(TimeSpan? told = null)
    {
        double ceiling = Math.Min(max.Ticks, min.Ticks * Math.Pow(2, Math.Min(_failures, MostDoublings)));
        _failures++;
        double unit = NextUnit();
        double asked = Math.Min(told?.Ticks ?? 0, MostTold.Ticks) * (1 + unit);
        return TimeSpan.FromTicks((long)Math.Max(asked, ceiling * (0.5 + (unit / 2))));
    }

    /// <summary>SplitMix64, as a number from 0 up to 1.</summary>
    private double NextUnit()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (z ^ (z >> 31)) / (double)ulong.MaxValue;
    }
}
