using System.Diagnostics;
using System.Text;
using Millrace.Client;

namespace Millrace.Benchmarks.Spine;

/// <summary>Sends events of 108 bytes (8-byte key, 100-byte payload) over 16,384 keys and remembers how often each was
/// sent.</summary>
internal sealed class LoadGenerator(Producer producer)
{
    public const int Keys = 16_384;

    private static readonly byte[] _payload = new byte[100];
    private static readonly ReadOnlyMemory<byte>[] _keys = MakeKeys();

    private uint _state = 2463534242;

    /// <summary>How often each key was sent.</summary>
    public ulong[] Sent { get; } = new ulong[Keys];

    public ulong Total { get; private set; }

    public static ReadOnlyMemory<byte> Key(int index) => _keys[index];

    /// <summary>Sends as fast as it can for the given time.</summary>
    /// <param name="batch">Events that the application hands over at once; 1: event by event, and the client may
    /// merge.</param>
    /// <returns>A position at which all of it can be seen.</returns>
    public async Task<ulong> SaturateAsync(int batch, TimeSpan time, CancellationToken cancellation)
    {
        var events = new EventData[batch];
        int perCheck = Math.Max(1, 256 / batch);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            for (int i = 0; i < perCheck; i++)
            {
                Fill(events);
                await producer.PostAsync(SpineTarget.Topic, events, cancellation);
            }
        }

        return await producer.FlushAsync(cancellation);
    }

    /// <summary>Sends at a steady rate, in bursts on a 1 ms timer; a latency runs from its burst's tick to the
    /// ack.</summary>
    public async Task<Latencies> PaceAsync(int batch, double perSecond, TimeSpan time, CancellationToken cancellation)
    {
        var latencies = new Latencies();
        var acks = new List<Task>();
        long start = Stopwatch.GetTimestamp();
        double owed = 0;
        TimeSpan last = TimeSpan.Zero;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (last < time && await timer.WaitForNextTickAsync(cancellation))
        {
            TimeSpan now = Stopwatch.GetElapsedTime(start);
            owed += perSecond * (now - last).TotalSeconds;
            last = now;
            long tick = Stopwatch.GetTimestamp();
            for (; owed >= batch; owed -= batch)
            {
                var events = new EventData[batch];
                Fill(events);
                acks.Add(TimeAsync(producer.SendBatchAsync(SpineTarget.Topic, events.AsMemory(), cancellation)));
            }

            async Task TimeAsync(ValueTask<Ack> ack)
            {
                await ack;
                latencies.Add(Stopwatch.GetElapsedTime(tick));
            }
        }

        await Task.WhenAll(acks);
        return latencies;
    }

    private static ReadOnlyMemory<byte>[] MakeKeys()
    {
        var keys = new ReadOnlyMemory<byte>[Keys];
        for (int i = 0; i < Keys; i++)
        {
            keys[i] = Encoding.ASCII.GetBytes($"key{i:D5}");
        }

        return keys;
    }

    private void Fill(EventData[] events)
    {
        for (int i = 0; i < events.Length; i++)
        {
            _state ^= _state << 13;
            _state ^= _state >> 17;
            _state ^= _state << 5;
            int key = (int)(_state % Keys);
            Sent[key]++;
            events[i] = new EventData(_keys[key], _payload);
        }

        Total += (ulong)events.Length;
    }
}
