namespace Millrace.Worker.Control;

/// <summary>
/// How long to wait before the next try to reach the coordinator: short at first, so that a restarted one is found at
/// once, then longer, each time with a random part so that many workers do not come in step.
/// </summary>
internal sealed class ReconnectDelay(Random random)
{
    /// <summary>About a second of quick tries.</summary>
    private const int QuickTries = 20;

    private static readonly TimeSpan _quick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(2);

    private int _tries;

    public void Reset() => _tries = 0;

    public TimeSpan Next()
    {
        int doublings = Math.Clamp(_tries++ - QuickTries, 0, 10);
        TimeSpan delay = _quick * (1 << doublings);
        return (delay < _longest ? delay : _longest) * (0.5 + (random.NextDouble() / 2));
    }
}
