using System.Numerics;

namespace Millrace.Benchmarks.Spine;

/// <summary>Latencies in microseconds, in buckets of 1/16 of a power of two: percentiles within about 6 %.</summary>
internal sealed class Latencies
{
    private const int SubBits = 4;
    private readonly long[] _buckets = new long[64 << SubBits];
    private long _count;

    public void Add(TimeSpan latency)
    {
        ulong us = (ulong)Math.Max(1, latency.TotalMicroseconds);
        Interlocked.Increment(ref _buckets[BucketOf(us)]);
        Interlocked.Increment(ref _count);
    }

    /// <returns>The latency in milliseconds that the share <paramref name="q"/> did not exceed; NaN without
    /// samples.</returns>
    public double Percentile(double q)
    {
        long wanted = (long)Math.Ceiling(_count * q);
        long seen = 0;
        for (int i = 0; i < _buckets.Length; i++)
        {
            seen += _buckets[i];
            if (seen >= wanted && seen > 0)
            {
                return UpperEdge(i) / 1000.0;
            }
        }

        return double.NaN;
    }

    private static int BucketOf(ulong us)
    {
        int log = 63 - BitOperations.LeadingZeroCount(us);
        ulong sub = log >= SubBits ? us >> (log - SubBits) : us << (SubBits - log);
        return (log << SubBits) + (int)(sub & ((1 << SubBits) - 1));
    }

    private static double UpperEdge(int bucket)
    {
        int log = bucket >> SubBits;
        int sub = bucket & ((1 << SubBits) - 1);
        return Math.Pow(2, log) * (1 + ((sub + 1) / (double)(1 << SubBits)));
    }
}
