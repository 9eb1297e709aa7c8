namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>Chooses the partition of one batch after the other. Not durable: where a batch went is in the journal, and
/// after a restart any next choice is as good.</summary>
internal abstract class Spreader
{
    /// <summary>The index of the batch's partition.</summary>
    /// <param name="load">Measured load of each partition, in events of late.</param>
    public abstract int Next(ReadOnlySpan<double> load);

    /// <param name="seed">Of the random ones.</param>
    public static Spreader Of(SpreadSpec spec, int partitions, ulong seed) => spec.Policy switch
    {
        SpreadPolicy.Random => new RandomSpreader(partitions, seed),
        SpreadPolicy.WeightedRandom => new WeightedRandomSpreader(spec.Weights!, seed),
        SpreadPolicy.SmoothWeighted => new SmoothWeightedSpreader(spec.Weights!),
        SpreadPolicy.EarliestDeadline => new EarliestDeadlineSpreader(spec.Weights!),
        SpreadPolicy.LeastLoaded => new LeastLoadedSpreader(partitions, seed),
        _ => new RoundRobinSpreader(partitions),
    };
}
