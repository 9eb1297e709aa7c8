namespace Millrace.Chaos.Links;

/// <summary>How a link treats bytes. Changed while bytes flow.</summary>
internal sealed class LinkWeather
{
    private volatile bool _holdsUp;
    private volatile bool _holdsDown;
    private volatile Delay? _delay;

    /// <summary>Bytes of the worker do not arrive; its connection stays open and silent.</summary>
    public bool HoldsUp
    {
        get => _holdsUp;
        set => _holdsUp = value;
    }

    /// <summary>Bytes of the coordinator do not arrive.</summary>
    public bool HoldsDown
    {
        get => _holdsDown;
        set => _holdsDown = value;
    }

    /// <summary>How long the next piece waits; zero: not at all.</summary>
    public TimeSpan NextDelay => _delay is { } delay
        ? TimeSpan.FromMilliseconds(Random.Shared.Next(delay.LeastMs, delay.MostMs))
        : TimeSpan.Zero;

    /// <summary>Each piece waits for a time between the two, in milliseconds, and those behind it wait for
    /// it.</summary>
    public void SetDelay(int leastMs, int mostMs) => _delay = new Delay(leastMs, mostMs);

    public void Clear()
    {
        HoldsUp = false;
        HoldsDown = false;
        _delay = null;
    }

    private sealed record Delay(int LeastMs, int MostMs);
}
