namespace Millrace.Chaos.Links;

/// <summary>How a link treats bytes. Changed while bytes flow.</summary>
internal sealed class LinkWeather
{
    private volatile bool _holdsUp;
    private volatile bool _holdsDown;
    private int _delayMs;

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

    /// <summary>Each piece waits this long at least and twice as long at most, in milliseconds.</summary>
    public int DelayMs
    {
        get => Volatile.Read(ref _delayMs);
        set => Volatile.Write(ref _delayMs, value);
    }

    public void Clear()
    {
        HoldsUp = false;
        HoldsDown = false;
        DelayMs = 0;
    }
}
