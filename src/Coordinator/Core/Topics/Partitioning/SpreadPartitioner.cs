using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>Whole batches go to one partition or another, whatever their keys.</summary>
internal sealed class SpreadPartitioner(PartitioningSpec spec) : Partitioner(spec)
{
    public override bool NeedsKey => false;

    public override bool KeepsKeysTogether => false;

    public override bool IsChosenWhenStored => true;

    public override KeyFunction Function => KeyFunction.Partition;

    public override string WhyFixed =>
        "it spreads batches over its partitions, so no partition holds keys that could be moved out of it";

    public override int GroupOf(ReadOnlySpan<byte> key, long timeMs) =>
        throw new InvalidOperationException("The batch's partition is chosen when it is stored.");

    public override int GroupOfKey(ReadOnlySpan<byte> key) => -1;
}
