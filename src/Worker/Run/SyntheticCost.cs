namespace Millrace.Worker.Run;

/// <summary>
/// Makes a run loop as slow as an operator that takes so long for each event, for tests and benches: the loop waits, so
/// that a worker has a capacity of its own without using the processor that it shares with others. What a wait was too
/// long is not waited the next time.
/// </summary>
internal sealed class SyntheticCost(RunPorts ports)
{
    /// <summary>Shorter waits would be mostly overhead.</summary>
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    private TimeSpan _owed;

    /// <summary>Waits for the time that these events take.</summary>
    public void Spend(int events)
    {
        _owed += ports.CostPerEvent * events;
        if (_owed < _shortest)
        {
            return;
        }

        TimeSpan began = ports.Clock.Uptime;
        ports.Wait(_owed);
        _owed -= ports.Clock.Uptime - began;
    }
}
