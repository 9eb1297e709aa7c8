using System.Diagnostics;
using System.Text;
using Millrace.Client;

namespace Millrace.Benchmarks.Spine;

/// <summary>Sends events of 108 bytes (8-byte key, 100-byte payload) over 16,384 keys and remembers how often each was
/// sent.</summary>
internal sealed class LoadGenerator(Producer producer)
{
    public const int Keys = 16_384;
    private const int EventsPerSample = 64;

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

    /// <summary>Sends at a steady rate, in bursts on a 1 ms timer. A latency runs from the moment at which its batch
    /// was due, so that waiting to send counts too, to the ack; one batch of every 64 events is timed.</summary>
    public async Task<Latencies> PaceAsync(int batch, double perSecond, TimeSpan time, CancellationToken cancellation)
    {
        var latencies = new Latencies();
        var acks = new List<Task>();
        var events = new EventData[batch];
        int stride = Math.Max(1, EventsPerSample / batch);
        long batches = 0;
        long start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (Stopwatch.GetElapsedTime(start) < time && await timer.WaitForNextTickAsync(cancellation))
        {
            double due = perSecond * Stopwatch.GetElapsedTime(start).TotalSeconds / batch;
            for (; batches < due; batches++)
            {
                if (batches % stride != 0)
                {
                    Fill(events);
                    await producer.PostAsync(SpineTarget.Topic, events, cancellation);
                    continue;
                }

                var timed = new EventData[batch];
                Fill(timed);
                acks.Add(TimeAsync(
                    TimeSpan.FromSeconds(batches * batch / perSecond),
                    producer.SendBatchAsync(SpineTarget.Topic, timed.AsMemory(), cancellation)));
            }
        }

        await Task.WhenAll(acks);
        return latencies;

        async Task TimeAsync(TimeSpan due, ValueTask<Ack> ack)
        {
            await ack;
            latencies.Add(Stopwatch.GetElapsedTime(start) - due);
        }
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
