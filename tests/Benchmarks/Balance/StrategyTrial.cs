using System.Diagnostics;
using Millrace.Client;
using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Benchmarks.Balance;

/// <summary>
/// One strategy on a fresh cluster. It places all tasks before anything is known of them; then load begins, with the
/// hot partition among those of the slow worker, which is the worst that a strategy that knows nothing can have done;
/// and then it is watched what becomes of it.
/// </summary>
internal sealed class StrategyTrial(string strategy, TimeSpan time)
{
    /// <summary>Nothing moves for load before this: it must have been seen uneven for several looks.</summary>
    private static readonly TimeSpan _before = TimeSpan.FromSeconds(4);

    /// <summary>Of the end, over which lag is averaged.</summary>
    private static readonly TimeSpan _after = TimeSpan.FromSeconds(5);

    private readonly List<Sample> _samples = [];

    public async Task<BalanceRow> RunAsync(string folder, CancellationToken cancellation)
    {
        using var cluster = new BalanceCluster(folder);
        await cluster.DeployAsync(strategy, cancellation);
        string slow = $"workers/{BalanceCluster.NameOf(BalanceCluster.Workers - 1)}";
        Assignment hot = (await cluster.AssignmentsAsync(cancellation)).First(a => a.Worker == slow);
        await using Producer producer = await cluster.Client.OpenProducerAsync(cancellation: cancellation);
        var load = new SkewedLoad(producer, (int)hot.PartitionIndex);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task watching = WatchAsync(cluster, load, over.Token);
        ulong position = await load.RunAsync(time, cancellation);
        await over.CancelAsync();
        await watching;
        await cluster.CatchUpAsync(cancellation);
        await cluster.Client.Query.TopKAsync(BalanceCluster.Job, 1, position, cancellation);
        bool exact = await Running.Reconciliation.CheckAsync(
            cluster.Client, BalanceCluster.Job, load.Sent, cancellation);
        return Judge(exact);
    }

    private async Task WatchAsync(BalanceCluster cluster, SkewedLoad load, CancellationToken over)
    {
        long start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                ListRebalancePlansResponse plans = await cluster.Client.Rebalance.ListPlansAsync(over);
                IReadOnlyList<Assignment> assignments = await cluster.AssignmentsAsync(over);
                _samples.Add(Sample.Of(Stopwatch.GetElapsedTime(start), assignments, load, plans.Plans.Count));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or MillraceException
            && over.IsCancellationRequested)
        {
            // The load is over.
        }
    }

    private BalanceRow Judge(bool exact)
    {
        Sample before = _samples.Last(s => s.At <= _before);
        Sample after = _samples[^1];
        int uneven = _samples.FindLastIndex(s => s.Imbalance > PlanOptions.Default.Start);
        Sample? settled = uneven + 1 < _samples.Count ? _samples[uneven + 1] : null;
        return new BalanceRow
        {
            Strategy = strategy,
            MaxBefore = before.MostUsed,
            MaxAfter = after.MostUsed,
            Mean = Sample.Mean,
            ImbalanceBefore = before.Imbalance,
            ImbalanceAfter = after.Imbalance,
            LagBefore = before.Lag,
            LagAfter = _samples.Where(s => s.At >= after.At - _after).Average(s => s.Lag),
            Moves = Enumerable.Range(1, _samples.Count - 1).Sum(i => _samples[i].MovesSince(_samples[i - 1])),
            MovedAgain = after.Epochs.Where((_, task) => TimesMoved(task) > 1).Count(),
            Rounds = after.Plans,
            SettledAfterSeconds = settled?.At.TotalSeconds,
            Exact = exact,
        };
    }
    private int TimesMoved(int task) =>
        Enumerable.Range(1, _samples.Count - 1).Count(i => _samples[i].Epochs[task] != _samples[i - 1].Epochs[task]);
}
