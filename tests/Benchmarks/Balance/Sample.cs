using Millrace.Protocol.Admin.V1;

namespace Millrace.Benchmarks.Balance;

/// <summary>Who owned what at a moment, and what that means.</summary>
/// <param name="Epochs">By partition.</param>
/// <param name="Plans">That the rebalancer had made.</param>
internal sealed record Sample(TimeSpan At, double MostUsed, double Lag, ulong[] Epochs, int Plans)
{
    /// <summary>All work over what all workers can do.</summary>
    public static double Mean { get; } = SkewedLoad.PerSecond * BalanceCluster.CostMs / 1_000
        / Enumerable.Range(0, BalanceCluster.Workers).Sum(BalanceCluster.SpeedOf);

    public double Imbalance => MostUsed / Mean;

    public static Sample Of(TimeSpan at, IReadOnlyList<Assignment> assignments, SkewedLoad load, int plans)
    {
        double most = 0;
        for (int i = 0; i < BalanceCluster.Workers; i++)
        {
            string name = $"workers/{BalanceCluster.NameOf(i)}";
            double rate = assignments.Where(a => a.Worker == name).Sum(a => load.RateOf((int)a.PartitionIndex));
            most = Math.Max(most, rate * BalanceCluster.CostMs / 1_000 / BalanceCluster.SpeedOf(i));
        }

        return new Sample(
            at,
            most,
            assignments.Sum(a => (double)a.LagEvents),
            [.. assignments.OrderBy(a => a.PartitionIndex).Select(a => a.Epoch)],
            plans);
    }

    public int MovesSince(Sample earlier) => Epochs.Where((epoch, i) => epoch != earlier.Epochs[i]).Count();
}
