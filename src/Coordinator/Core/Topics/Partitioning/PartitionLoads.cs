namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>
/// What each partition of a topic was given of late, in events: the sum, of which half is forgotten each
/// <see cref="HalfLife"/>. A measure for choices whose outcome is journaled, so it is not durable itself.
/// </summary>
internal sealed class PartitionLoads(int partitions)
{
    public static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    private readonly double[] _events = new double[partitions];
    private TimeSpan _halved;

    public ReadOnlySpan<double> Events => _events;

    public void Add(int partition, int events) => _events[partition] += events;

    /// <summary>Forgets by whole half lives. To be called before each choice.</summary>
    public void Forget(TimeSpan uptime)
    {
        if (_halved == TimeSpan.Zero || uptime < _halved)
        {
            _halved = uptime;
        }

        for (; uptime - _halved >= HalfLife; _halved += HalfLife)
        {
            double most = 0;
            for (int i = 0; i < _events.Length; i++)
            {
                _events[i] /= 2;
                most = Math.Max(most, _events[i]);
            }

            if (most < 1e-3)
            {
                Array.Clear(_events);
                _halved = uptime;
                return;
            }
        }
    }
}
