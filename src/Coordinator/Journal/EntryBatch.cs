using System.Collections.Immutable;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// Events of one producer batch, scanned and routed, still as the producer encoded them. Entry i is
/// <c>Buffer[Starts[i] .. Starts[i] + Lengths[i])</c>: tag, length and event, a valid piece of a repeated field.
/// Pooled and reused: nothing is allocated per event.
/// </summary>
internal sealed class EntryBatch
{
    public byte[] Buffer = [];
    public int[] Starts = [];
    public int[] Lengths = [];

    /// <summary>Index of the entry's partition in <see cref="PartitionIds"/>.</summary>
    public int[] Partitions = [];

    /// <summary>XXH64 (seed 0) of the entry's bytes.</summary>
    public ulong[] Hashes = [];

    /// <summary>How many entries there are; the arrays may be longer.</summary>
    public int Count;

    /// <summary>Sum of all entries' lengths, in bytes.</summary>
    public int ByteCount;

    /// <summary>The topic's partitions, by index.</summary>
    public ImmutableArray<PartitionId> PartitionIds = [];

    public ReadOnlySpan<byte> Entry(int i) => Buffer.AsSpan(Starts[i], Lengths[i]);

    /// <summary>Makes room for at least <paramref name="entries"/> entries.</summary>
    public void Reserve(int entries)
    {
        if (Starts.Length >= entries)
        {
            return;
        }

        int size = Math.Max(entries, Starts.Length * 2);
        Array.Resize(ref Starts, size);
        Array.Resize(ref Lengths, size);
        Array.Resize(ref Partitions, size);
        Array.Resize(ref Hashes, size);
    }
}
