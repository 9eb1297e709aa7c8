namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>The less loaded of two partitions drawn at random: nearly as even as the least loaded of all, and a stale
/// measure does not send everybody to the same place.</summary>
internal sealed class LeastLoadedSpreader(int partitions, ulong seed) : Spreader
{
    private SplitMix _random = new(seed);

    public override int Next(ReadOnlySpan<double> load)
    {
        int one = _random.Next(partitions);
        if (partitions == 1)
        {
            return one;
        }

        int other = _random.Next(partitions - 1);
        other += other >= one ? 1 : 0;
        return load[other] < load[one] ? other : one;
    }
}
