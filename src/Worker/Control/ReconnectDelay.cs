namespace Millrace.Worker.Control;

/// <summary>
/// How long to wait before the next try to reach the coordinator: short at first, so that a restarted one is found at
/// once, then longer, each time with a random part so that many workers do not come in step.
/// </summary>
internal sealed class ReconnectDelay(Random random)
{
    /// <summary>About a second, then about ten: as long as a restart may take.</summary>
    private const int QuickTries = 25;
    private const int PatientTries = 75;

    private static readonly TimeSpan _quick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _patient = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(2);

    private int _tries;

    public void Reset() => _tries = 0;

    public TimeSpan Next()
    {
        TimeSpan delay = _tries++ switch
        {
            < QuickTries => _quick,
            < PatientTries => _patient,
            _ => _longest,
        };
        return delay * (0.5 + (random.NextDouble() / 2));
    }
}
