using System.Diagnostics;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Benchmarks.Spine;

/// <summary>Kills real processes of the real cluster and times how long nothing came out.</summary>
internal sealed class FaultTrials(SpineTarget target, LoadGenerator load)
{
    private const double BackgroundPerSecond = 20_000;
    private const int BackgroundBatch = 64;
    private static readonly TimeSpan _trialLimit = TimeSpan.FromSeconds(30);

    /// <summary>kill -9 of one worker under load, until each of its tasks has applied an event on its new
    /// owner.</summary>
    /// <returns>The longest of all trials, in milliseconds.</returns>
    public async Task<double> FailoverAsync(int trials, CancellationToken cancellation)
    {
        double longest = 0;
        for (int i = 0; i < trials; i++)
        {
            longest = Math.Max(longest, await FailoverOnceAsync(i % SpineTarget.Workers, cancellation));
            await target.RestartWorkerAsync(i % SpineTarget.Workers, cancellation);
            await target.WaitUntilRunningAsync(cancellation);
        }

        return longest;
    }

    /// <summary>Fills the journal by at least the given size, kills the coordinator and times its restart to the first
    /// ack.</summary>
    public async Task<double> RestartAsync(Producer producer, long journalBytes, CancellationToken cancellation)
    {
        ulong before = load.Total;
        while ((long)(load.Total - before) * 120 < journalBytes)
        {
            await load.SaturateAsync(256, TimeSpan.FromSeconds(1), cancellation);
        }

        long start = Stopwatch.GetTimestamp();
        target.RestartCoordinator();
        ulong acked = producer.LastAck(SpineTarget.Topic).Sequence;
        await load.SaturateAsync(1, TimeSpan.Zero, cancellation);
        while (producer.LastAck(SpineTarget.Topic).Sequence == acked)
        {
            await load.SaturateAsync(1, TimeSpan.FromTicks(1), cancellation);
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private async Task<double> FailoverOnceAsync(int worker, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_trialLimit);
        using var enough = new CancellationTokenSource();
        Task background = BackgroundAsync(enough.Token, limit.Token);
        string name = ResourceNames.Worker(SpineTarget.WorkerName(worker));
        var before = (await AssignmentsAsync(limit.Token)).Where(a => a.Worker == name).ToDictionary(a => a.Name);

        long start = Stopwatch.GetTimestamp();
        target.KillWorker(worker);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (await timer.WaitForNextTickAsync(limit.Token))
        {
            IEnumerable<Assignment> now = await AssignmentsAsync(limit.Token);
            if (now.Where(a => before.ContainsKey(a.Name))
                .All(a => a.Epoch > before[a.Name].Epoch && a.FirstEventUs > 0))
            {
                break;
            }
        }

        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        await enough.CancelAsync();
        await background;
        return elapsed;
    }

    private async Task<IEnumerable<Assignment>> AssignmentsAsync(CancellationToken cancellation) =>
        (await target.Client.Admin.ListAssignmentsAsync(cancellation: cancellation)).Assignments;

    private async Task BackgroundAsync(CancellationToken enough, CancellationToken cancellation)
    {
        while (!enough.IsCancellationRequested)
        {
            await load.PaceAsync(BackgroundBatch, BackgroundPerSecond, TimeSpan.FromMilliseconds(100), cancellation);
        }
    }
}
