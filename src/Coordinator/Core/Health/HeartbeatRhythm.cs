namespace Millrace.Coordinator.Core.Health;

/// <summary>The times between a worker's newest heartbeats: how late is late for this one. Sums are exact, so that old
/// times leave no trace.</summary>
/// <param name="expected">The mean, until enough heartbeats were seen.</param>
/// <param name="least">The deviation is never taken for less.</param>
internal sealed class HeartbeatRhythm(TimeSpan expected, TimeSpan least)
{
    private const int Window = 200;
    private const int Enough = 8;

    private readonly int[] _microseconds = new int[Window];
    private int _count;
    private int _next;
    private long _sum;
    private long _squares;

    public TimeSpan Mean => _count < Enough ? expected : TimeSpan.FromMicroseconds(_sum / (double)_count);

    public TimeSpan Deviation
    {
        get
        {
            if (_count < Enough)
            {
                return least;
            }

            double mean = _sum / (double)_count;
            double variance = (_squares / (double)_count) - (mean * mean);
            TimeSpan measured = TimeSpan.FromMicroseconds(Math.Sqrt(Math.Max(0, variance)));
            return measured < least ? least : measured;
        }
    }

    /// <param name="gap">Below half an hour: longer ones are outages and belong to no rhythm.</param>
    public void Add(TimeSpan gap)
    {
        int added = (int)gap.TotalMicroseconds;
        if (_count == Window)
        {
            long oldest = _microseconds[_next];
            _sum -= oldest;
            _squares -= oldest * oldest;
        }
        else
        {
            _count++;
        }

        _microseconds[_next] = added;
        _next = (_next + 1) % Window;
        _sum += added;
        _squares += (long)added * added;
    }
}
