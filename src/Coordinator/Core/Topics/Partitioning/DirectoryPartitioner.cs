using Millrace.Common.Keys;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>By a directory of keys, which is the machine's: it places a new key when it first stores it.</summary>
internal sealed class DirectoryPartitioner(PartitioningSpec spec) : Partitioner(spec)
{
    public override bool IsChosenWhenStored => true;

    public override KeyFunction Function => KeyFunction.Partition;

    public override int GroupOf(ReadOnlySpan<byte> key, long timeMs) =>
        throw new InvalidOperationException("The key's partition is looked up when it is stored.");

    /// <summary>In one, but only the machine knows which.</summary>
    public override int GroupOfKey(ReadOnlySpan<byte> key) => -1;
}
