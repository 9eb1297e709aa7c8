using System.Diagnostics;
using Millrace.Benchmarks.Spine;

namespace Millrace.Benchmarks.Overload;

/// <summary>Acks by the half second in which they came.</summary>
internal sealed class AckWindows
{
    public static readonly TimeSpan Width = TimeSpan.FromSeconds(0.5);

    private const int Most = 1_000;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly long[] _events = new long[Most];
    private readonly Latencies[] _latencies = [.. Enumerable.Range(0, Most).Select(_ => new Latencies())];

    public TimeSpan Now => Stopwatch.GetElapsedTime(_start);

    public void Add(int events, TimeSpan took)
    {
        int window = IndexOf(Now);
        Interlocked.Add(ref _events[window], events);
        _latencies[window].Add(took);
    }

    public double EventsPerSecond(TimeSpan from, TimeSpan to) =>
        _events[IndexOf(from)..IndexOf(to)].Sum() / (Width * (IndexOf(to) - IndexOf(from))).TotalSeconds;

    /// <summary>The worst of the half seconds' p99, the worst tenth of them left out; milliseconds.</summary>
    public double P99Ms(TimeSpan from, TimeSpan to)
    {
        double[] sorted = [.. _latencies[IndexOf(from)..IndexOf(to)].Select(w => w.Percentile(0.99)).Order()];
        return sorted[(sorted.Length - 1) * 9 / 10];
    }

    /// <summary>How long after <paramref name="from"/> the last half second ended that was not normal.</summary>
    public TimeSpan NormalAfter(TimeSpan from, TimeSpan to, double leastPerSecond, double mostP99Ms)
    {
        for (int i = IndexOf(to) - 1; i >= IndexOf(from); i--)
        {
            bool normal = _events[i] / Width.TotalSeconds >= leastPerSecond
                && _latencies[i].Percentile(0.99) <= mostP99Ms;
            if (!normal)
            {
                return (Width * (i + 1)) - from;
            }
        }

        return TimeSpan.Zero;
    }

    private static int IndexOf(TimeSpan at) => Math.Min(Most - 1, (int)(at / Width));
}
