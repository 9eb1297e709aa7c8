using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>By a hash of the key.</summary>
internal sealed class HashPartitioner(PartitioningSpec spec, int groups) : Partitioner(spec)
{
    public override KeyFunction Function => Spec.Function;

    public override string? WhyFixed => Function.HasRanges()
        ? null
        : $"{Function.ToString().ToLowerInvariant()} is the key's hash modulo the number of partitions: each partition "
        + "is one key group, and another number would send nearly every key elsewhere";

    public override int GroupOf(ReadOnlySpan<byte> key, long timeMs) => Spec.Function.GroupOf(key, groups);

    public override int GroupOfKey(ReadOnlySpan<byte> key) => Spec.Function.GroupOf(key, groups);
}
