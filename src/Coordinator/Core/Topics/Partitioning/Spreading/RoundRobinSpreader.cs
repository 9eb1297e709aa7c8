namespace Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

/// <summary>One after the other.</summary>
internal sealed class RoundRobinSpreader(int partitions) : Spreader
{
    private int _last = -1;

    public override int Next(ReadOnlySpan<double> load) => _last = (_last + 1) % partitions;
}
