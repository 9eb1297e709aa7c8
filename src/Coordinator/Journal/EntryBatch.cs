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

    /// <summary>Of topics with a directory of keys: where each entry's key lies, and its XXH64.</summary>
    public int[] KeyStarts = [];
    public int[] KeyLengths = [];
    public ulong[] KeyHashes = [];

    /// <summary>Sum of <see cref="KeyLengths"/>; 0 where they are not filled in.</summary>
    public int KeyBytes;

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

    /// <summary>Makes room for at least <paramref name="entries"/> keys.</summary>
    public void ReserveKeys(int entries)
    {
        if (KeyStarts.Length < entries)
        {
            int size = Math.Max(entries, KeyStarts.Length * 2);
            Array.Resize(ref KeyStarts, size);
            Array.Resize(ref KeyLengths, size);
            Array.Resize(ref KeyHashes, size);
        }
    }
}
