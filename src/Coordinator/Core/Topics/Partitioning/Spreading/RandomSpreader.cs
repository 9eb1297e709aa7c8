namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>Each as likely as the others.</summary>
internal sealed class RandomSpreader(int partitions, ulong seed) : Spreader
{
    private SplitMix _random = new(seed);

    public override int Next(ReadOnlySpan<double> load) => _random.Next(partitions);
}
