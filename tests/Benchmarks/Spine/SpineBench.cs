using System.Text;
using Millrace.Benchmarks.Running;
using Millrace.Client;

namespace Millrace.Benchmarks.Spine;

/// <summary>
/// producer -> coordinator -> two workers, beside its ceiling, in one run: windows of the two alternate, so that both
/// meet the same noise; the median window counts.
/// </summary>
internal sealed class SpineBench(bool quick)
{
    private const long RestartJournalBytes = 1L << 30;
    private static readonly int[] _batches = [1, 16, 64, 256];

    /// <summary>Longer than it takes to write the journal that a restart reads, shorter than to fill one.</summary>
    private static readonly TimeSpan _retention = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(0.4);

    private readonly int _warmUps = quick ? 3 : 10;
    private readonly TimeSpan _window = TimeSpan.FromSeconds(quick ? 0.7 : 2);
    private readonly int _rounds = quick ? 1 : 5;
    private readonly int _failovers = quick ? 5 : 50;

    public async Task<int> RunAsync(string? json, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("millrace-bench-").FullName;
        try
        {
            List<SpineRow> rows = await MeasureAsync(folder, cancellation);
            SpineTable.Print(rows);
            await BenchReport.WriteAsync(json, rows, cancellation);
            return rows.All(r => r.Reconciled == true) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static async Task<bool> ReconcileAsync(
        SpineTarget target, LoadGenerator load, CancellationToken cancellation)
    {
        ulong position = await load.SaturateAsync(1, TimeSpan.FromTicks(1), cancellation);
        await target.WaitAppliedAsync(position, cancellation);
        var sent = new Dictionary<string, ulong>();
        for (int i = 0; i < LoadGenerator.Keys; i++)
        {
            sent.Add(Encoding.ASCII.GetString(LoadGenerator.Key(i).Span), load.Sent[i]);
        }

        return await Reconciliation.CheckAsync(target.Client, SpineTarget.Job, sent, cancellation);
    }

    private async Task<List<SpineRow>> MeasureAsync(string folder, CancellationToken cancellation)
    {
        double sync = SyncCost.Measure(folder).Percentile(0.99);
        using SpineTarget ceiling = SpineTarget.Ceiling(Path.Combine(folder, "ceiling"));
        using SpineTarget real = SpineTarget.Real(Path.Combine(folder, "millrace"));
        await real.DeployAsync(_retention, cancellation);
        await using Producer ceilingProducer = await ceiling.Client.OpenProducerAsync(cancellation: cancellation);
        await using Producer realProducer = await real.Client.OpenProducerAsync(cancellation: cancellation);
        var ceilingLoad = new LoadGenerator(ceilingProducer);
        var realLoad = new LoadGenerator(realProducer);
        await WarmAsync((ceiling, ceilingLoad), (real, realLoad), cancellation);
        var rows = new List<SpineRow>();
        foreach (int batch in _batches)
        {
            rows.Add(await MeasureAsync(batch, (ceiling, ceilingLoad), (real, realLoad), cancellation));
            SpineRow row = rows[^1];
            Console.Error.WriteLine($"batch {batch}: {row.EventsPerSecond:N0} events/s, ratio {row.Ratio:F2}");
        }

        var faults = new FaultTrials(real, realLoad);
        double? failover = await faults.FailoverAsync(_failovers, cancellation);
        double? restart = quick ? null : await faults.RestartAsync(realProducer, RestartJournalBytes, cancellation);
        bool reconciled = await ReconcileAsync(real, realLoad, cancellation);
        return
        [
            .. rows.Select(r => r with
            {
                SyncP99Ms = sync, FailoverMaxMs = failover, RestartMs = restart, Reconciled = reconciled,
            }),
        ];
    }

    /// <summary>Short windows, until the compiler of a running process has nothing more to gain: without them the first
    /// batch size is measured at half its speed.</summary>
    private async Task WarmAsync(
        (SpineTarget Target, LoadGenerator Load) ceiling,
        (SpineTarget Target, LoadGenerator Load) real,
        CancellationToken cancellation)
    {
        for (int i = 0; i < _warmUps; i++)
        {
            foreach (int batch in new[] { 1, 256 })
            {
                await Throughput.MeasureAsync(ceiling.Target, ceiling.Load, batch, _warmUp, cancellation);
                await Throughput.MeasureAsync(real.Target, real.Load, batch, _warmUp, cancellation);
            }
        }
    }

    private async Task<SpineRow> MeasureAsync(
        int batch,
        (SpineTarget Target, LoadGenerator Load) ceiling,
        (SpineTarget Target, LoadGenerator Load) real,
        CancellationToken cancellation)
    {
        var ceilingWindows = new List<Throughput>();
        var realWindows = new List<Throughput>();
        for (int i = 0; i < _rounds; i++)
        {
            ceilingWindows.Add(
                await Throughput.MeasureAsync(ceiling.Target, ceiling.Load, batch, _window, cancellation));
            realWindows.Add(await Throughput.MeasureAsync(real.Target, real.Load, batch, _window, cancellation));
        }

        double rate = Median(realWindows.Select(w => w.EventsPerSecond));
        Latencies ceilingAcks = await ceiling.Load.PaceAsync(batch, rate / 2, _window, cancellation);
        Latencies realAcks = await real.Load.PaceAsync(batch, rate / 2, _window, cancellation);
        return new SpineRow
        {
            Batch = batch,
            EventsPerSecond = rate,
            CeilingEventsPerSecond = Median(ceilingWindows.Select(w => w.EventsPerSecond)),
            CpuNsPerEvent = new CpuPerEvent(
                Median(realWindows.Select(w => w.Cpu.Producer)),
                Median(realWindows.Select(w => w.Cpu.Coordinator)),
                Median(realWindows.Select(w => w.Cpu.Workers))),
            AckP50Ms = realAcks.Percentile(0.5),
            AckP99Ms = realAcks.Percentile(0.99),
            CeilingAckP99Ms = ceilingAcks.Percentile(0.99),
            SyncP99Ms = 0,
        };
    }
}
