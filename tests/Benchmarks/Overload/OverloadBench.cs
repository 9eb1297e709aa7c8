using System.Diagnostics;
using System.Text;
using Millrace.Benchmarks.Running;
using Millrace.Benchmarks.Spine;
using Millrace.Client;

namespace Millrace.Benchmarks.Overload;

/// <summary>Finds the peak, offers three times as much by many producers that do not adapt, then half of the peak
/// again.</summary>
internal sealed class OverloadBench(bool quick)
{
    private const int Many = 64;
    private const int ProducersPerClient = 8;
    private const int Times = 3;
    private const double NormalShare = 0.5;
    private const double LeastRatio = 0.8;
    private const double MostSecondsUntilNormal = 10;

    /// <summary>What the peak is looked for with.</summary>
    private static readonly int[] _producers = [4, 16, Many];

    private static readonly TimeSpan _retention = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _before = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _after = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _ramp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _overload = TimeSpan.FromSeconds(quick ? 10 : 60);
    private readonly int _windows = quick ? 3 : 7;

    /// <returns>0: counts are exact, goodput and the way back to normal are as they are to be, and no worker was
    /// lost.</returns>
    public async Task<int> RunAsync(string? json, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("millrace-bench-").FullName;
        try
        {
            using SpineTarget target = SpineTarget.Real(folder);
            await target.DeployAsync(_retention, cancellation);
            OverloadRow row = await MeasureAsync(target, cancellation);
            OverloadTable.Print(row);
            await BenchReport.WriteAsync(json, [row], cancellation);
            bool held = row.Ratio >= LeastRatio && row.NormalAfterSeconds <= MostSecondsUntilNormal;
            return row.Exact && held && row.WorkersLost == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<OverloadRow> MeasureAsync(SpineTarget target, CancellationToken cancellation)
    {
        var clients = new List<MillraceClient>();
        var producers = new List<Producer>();
        try
        {
            for (int i = 0; i < Many; i++)
            {
                if (i % ProducersPerClient == 0)
                {
                    clients.Add(new MillraceClient(target.Address));
                }

                producers.Add(await clients[^1].OpenProducerAsync(
                    new ProducerOptions { MaxBufferedBytes = 1 << 20 }, cancellation));
            }

            LoadGenerator[] closed = [.. producers.Select(p => new LoadGenerator(p))];
            double peak = 0;
            foreach (int count in _producers)
            {
                double rate = await SaturateAsync(closed[..count], cancellation);
                Console.Error.WriteLine($"{count} producers: {rate:N0} events/s");
                peak = Math.Max(peak, rate);
            }

            OpenLoad[] open = [.. producers.Select((p, i) => new OpenLoad(p, i))];
            OverloadRow row = await OverloadAsync(target, open, peak, cancellation);
            return row with { Exact = await ReconcileAsync(target, closed, open, cancellation) };
        }
        finally
        {
            foreach (Producer producer in producers)
            {
                await producer.DisposeAsync();
            }

            clients.ForEach(c => c.Dispose());
        }
    }

    /// <summary>The median window; the first half of them warms up.</summary>
    private async Task<double> SaturateAsync(LoadGenerator[] loads, CancellationToken cancellation)
    {
        var rates = new List<double>();
        for (int i = 0; i < 2 * _windows; i++)
        {
            ulong before = loads.Aggregate(0ul, (sum, l) => sum + l.Total);
            long start = Stopwatch.GetTimestamp();
            await Task.WhenAll(loads.Select(l => Task.Run(() => l.SaturateAsync(64, _window, cancellation))));
            rates.Add((loads.Aggregate(0ul, (sum, l) => sum + l.Total) - before)
                / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return rates[_windows..].Order().ElementAt(_windows / 2);
    }

    private async Task<OverloadRow> OverloadAsync(
        SpineTarget target, OpenLoad[] many, double peak, CancellationToken cancellation)
    {
        var acks = new AckWindows();
        double normal = peak * NormalShare;
        await RunAsync(many, normal, _before, acks, cancellation);
        TimeSpan begin = acks.Now;
        double memory = target.CoordinatorMemoryMiB;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<(double Memory, double Status)> watching = WatchAsync(target, over.Token);
        await RunAsync(many, peak * Times, _overload, acks, cancellation);
        TimeSpan end = begin + _overload;
        await over.CancelAsync();
        (double most, double status) = await watching;
        long dropped = many.Sum(m => m.Dropped);
        Task<double> applied = AppliedAfterAsync(target, acks, end, cancellation);
        await RunAsync(many, normal, _after, acks, cancellation);
        TimeSpan last = acks.Now - _ramp;
        double p99 = acks.P99Ms(_ramp, begin);
        var cluster = (await target.Client.Admin.GetClusterAsync(cancellation)).Cluster;
        var events = await target.Client.Admin.ListEventsAsync(cancellation: cancellation);
        return new OverloadRow
        {
            PeakPerSecond = peak,
            OfferedPerSecond = peak * Times,
            GoodputPerSecond = acks.EventsPerSecond(begin + _ramp, end),
            Dropped = dropped,
            AckP99BeforeMs = p99,
            AckP99DuringMs = acks.P99Ms(begin + _ramp, end),
            AckP99AfterMs = acks.P99Ms(last - (_after / 3), last),
            NormalAfterSeconds = acks.NormalAfter(end, last, normal * 0.9, Math.Max(100, p99 * 2)).TotalSeconds,
            AppliedAfterSeconds = await applied,
            MemoryBeforeMiB = memory,
            MemoryMostMiB = most,
            Refused = cluster.Ingest.RefusedCount,
            WorkersLost = events.Events.Count(e => e.Reason == "WORKER_LOST"),
            SlowestStatusMs = status,
            Exact = false,
        };
    }

    private static Task RunAsync(
        OpenLoad[] many, double perSecond, TimeSpan time, AckWindows acks, CancellationToken cancellation) =>
        Task.WhenAll(many.Select(
            m => Task.Run(() => m.RunAsync(perSecond / many.Length, time, acks.Add, cancellation))));

    /// <summary>The coordinator's memory at most, and its slowest answer to an operator.</summary>
    private static async Task<(double Memory, double Status)> WatchAsync(SpineTarget target, CancellationToken over)
    {
        double memory = 0;
        double slowest = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                long start = Stopwatch.GetTimestamp();
                await target.Client.Admin.GetClusterAsync(over);
                slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                memory = Math.Max(memory, target.CoordinatorMemoryMiB);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or MillraceException
            && over.IsCancellationRequested)
        {
            // The overload is over.
        }

        return (memory, slowest);
    }

    private static async Task<double> AppliedAfterAsync(
        SpineTarget target, AckWindows acks, TimeSpan end, CancellationToken cancellation)
    {
        var cluster = (await target.Client.Admin.GetClusterAsync(cancellation)).Cluster;
        await target.WaitAppliedAsync(cluster.DurablePosition, cancellation);
        return (acks.Now - end).TotalSeconds;
    }

    private static async Task<bool> ReconcileAsync(
        SpineTarget target, LoadGenerator[] closed, OpenLoad[] open, CancellationToken cancellation)
    {
        var cluster = (await target.Client.Admin.GetClusterAsync(cancellation)).Cluster;
        await target.WaitAppliedAsync(cluster.DurablePosition, cancellation);
        IEnumerable<ulong[]> all = [.. closed.Select(c => c.Sent), .. open.Select(o => o.Sent)];
        Dictionary<string, ulong> sent = Enumerable.Range(0, LoadGenerator.Keys).ToDictionary(
            i => Encoding.ASCII.GetString(LoadGenerator.Key(i).Span),
            i => all.Aggregate(0ul, (sum, counts) => sum + counts[i]));
        return await Reconciliation.CheckAsync(target.Client, SpineTarget.Job, sent, cancellation);
    }
}
