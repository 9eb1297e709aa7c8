using System.Diagnostics;
using System.Text;
using Millrace.Client;
using Millrace.Common.Keys;

namespace Millrace.Benchmarks.Balance;

/// <summary>Sends at a steady rate, of which one partition gets a large share and the others the same each; remembers
/// how often each key was sent.</summary>
internal sealed class SkewedLoad
{
    public const double PerSecond = 1_750;
    public const double HotShare = 0.2;
    private const int KeysPerPartition = 16;

    private static readonly byte[] _payload = new byte[16];

    private readonly Producer _producer;
    private readonly int _hot;
    private readonly string[][] _keys = new string[BalanceCluster.Partitions][];
    private readonly Random _random = new(7);

    public SkewedLoad(Producer producer, int hot)
    {
        (_producer, _hot) = (producer, hot);
        var keys = Enumerable.Range(0, BalanceCluster.Partitions).Select(_ => new List<string>()).ToArray();
        for (int i = 0; keys.Any(k => k.Count < KeysPerPartition); i++)
        {
            // a partition is a run of key groups, so the high word of hash x partitions, as for the groups
            string key = $"key-{i}";
            keys[KeyGroups.Of(XxHash64.Hash(Encoding.ASCII.GetBytes(key)), BalanceCluster.Partitions)].Add(key);
        }

        for (int i = 0; i < _keys.Length; i++)
        {
            _keys[i] = [.. keys[i].Take(KeysPerPartition)];
        }
    }

    public Dictionary<string, ulong> Sent { get; } = [];

    /// <summary>Events per second that a partition is sent.</summary>
    public double RateOf(int partition) => partition == _hot
        ? PerSecond * HotShare
        : PerSecond * (1 - HotShare) / (BalanceCluster.Partitions - 1);

    /// <returns>A position at which all of it can be seen.</returns>
    public async Task<ulong> RunAsync(TimeSpan time, CancellationToken cancellation)
    {
        long sent = 0;
        long start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (Stopwatch.GetElapsedTime(start) < time && await timer.WaitForNextTickAsync(cancellation))
        {
            var events = new EventData[(long)(PerSecond * Stopwatch.GetElapsedTime(start).TotalSeconds) - sent];
            for (int i = 0; i < events.Length; i++)
            {
                events[i] = Next();
            }

            if (events.Length == 0)
            {
                continue;
            }

            sent += events.Length;
            await _producer.PostAsync(BalanceCluster.Topic, events, cancellation);
        }

        return await _producer.FlushAsync(cancellation);
    }

    private EventData Next()
    {
        int partition = _hot;
        if (_random.NextDouble() >= HotShare)
        {
            int other = _random.Next(BalanceCluster.Partitions - 1);
            partition = other < _hot ? other : other + 1;
        }

        string[] keys = _keys[partition];
        string key = keys[_random.Next(keys.Length)];
        Sent[key] = Sent.GetValueOrDefault(key) + 1;
        return new EventData(Encoding.ASCII.GetBytes(key), _payload);
    }
}
