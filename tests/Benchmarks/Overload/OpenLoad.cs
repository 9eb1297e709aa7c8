using System.Diagnostics;
using Millrace.Benchmarks.Spine;
using Millrace.Client;

namespace Millrace.Benchmarks.Overload;

/// <summary>
/// One of many producers, sending by the clock whatever becomes of it: what is due while too much is under way is
/// dropped at the source, as by a device that cannot wait. So the load does not adapt to the cluster.
/// </summary>
internal sealed class OpenLoad(Producer producer, int seed)
{
    private const int Batch = 64;

    /// <summary>Batches that were handed over and are not acknowledged.</summary>
    private const int MostUnderWay = 100;

    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(5);
    private static readonly byte[] _payload = new byte[100];

    private readonly Random _random = new(seed);
    private int _underWay;
    private Exception? _failure;

    /// <summary>How often each key was handed over.</summary>
    public ulong[] Sent { get; } = new ulong[LoadGenerator.Keys];

    /// <summary>Events that were due and found no room.</summary>
    public long Dropped { get; private set; }

    /// <param name="perSecond">Events.</param>
    /// <param name="acked">Gets what was acknowledged, and how long that took.</param>
    /// <returns>When everything handed over is acknowledged.</returns>
    public async Task RunAsync(
        double perSecond, TimeSpan time, Action<int, TimeSpan> acked, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        double due = 0;
        using var timer = new PeriodicTimer(_period);
        while (Stopwatch.GetElapsedTime(start) < time && await timer.WaitForNextTickAsync(cancellation))
        {
            double now = perSecond * Stopwatch.GetElapsedTime(start).TotalSeconds;
            for (; due + Batch <= now; due += Batch)
            {
                if (Volatile.Read(ref _underWay) >= MostUnderWay)
                {
                    Dropped += Batch;
                }
                else
                {
                    _ = SendAsync(acked, cancellation);
                }
            }
        }

        while (Volatile.Read(ref _underWay) > 0)
        {
            await timer.WaitForNextTickAsync(cancellation);
        }

        if (_failure is not null)
        {
            throw new InvalidOperationException("Events were not acknowledged.", _failure);
        }
    }

    private async Task SendAsync(Action<int, TimeSpan> acked, CancellationToken cancellation)
    {
        var events = new EventData[Batch];
        for (int i = 0; i < Batch; i++)
        {
            int key = _random.Next(LoadGenerator.Keys);
            Sent[key]++;
            events[i] = new EventData(LoadGenerator.Key(key), _payload);
        }

        long start = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _underWay);
        try
        {
            await producer.SendBatchAsync(SpineTarget.Topic, events.AsMemory(), cancellation);
            acked(Batch, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception error)
        {
            _failure ??= error;
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
