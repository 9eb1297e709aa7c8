using Millrace.Common.Files;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;

namespace Millrace.Benchmarks.Ceiling;

/// <summary>Puts the entries of several batches into one block a partition: what dispatch needs, and nothing that only
/// a journal needs (no checksum, no ranges, no alignment, no cumulative sums).</summary>
internal sealed class BlockAssembly(int partitions)
{
    private readonly int[] _bytes = new int[partitions];
    private readonly uint[] _counts = new uint[partitions];
    private readonly int[] _at = new int[partitions];
    private readonly ulong[] _offsets = new ulong[partitions];

    public SealedFrame Assemble(List<OfferedBatch> batches, IReadOnlyList<PartitionId> ids, ulong position)
    {
        Array.Clear(_bytes);
        Array.Clear(_counts);
        foreach (OfferedBatch batch in batches)
        {
            EntryBatch entries = batch.Entries;
            for (int i = 0; i < entries.Count; i++)
            {
                int p = entries.Partitions[i];
                _bytes[p] += entries.Lengths[i];
                _counts[p]++;
            }
        }

        PartitionBlock[] blocks = Place(ids, out int length);
        AlignedBuffer buffer = AlignedBuffer.Rent(length);
        Span<byte> frame = buffer.Span(length);
        foreach (OfferedBatch batch in batches)
        {
            EntryBatch entries = batch.Entries;
            for (int i = 0; i < entries.Count; i++)
            {
                ref int at = ref _at[entries.Partitions[i]];
                entries.Entry(i).CopyTo(frame[at..]);
                at += entries.Lengths[i];
            }
        }

        var facts = new FrameFacts(position, position + (ulong)length, 1, 0, [], [], blocks);
        return new SealedFrame(buffer, facts);
    }

    private PartitionBlock[] Place(IReadOnlyList<PartitionId> ids, out int length)
    {
        length = 0;
        var blocks = new List<PartitionBlock>(ids.Count);
        for (int p = 0; p < ids.Count; p++)
        {
            if (_counts[p] > 0)
            {
                blocks.Add(new PartitionBlock(ids[p], _offsets[p], _counts[p], 0, length, _bytes[p]));
                _at[p] = length;
                length += _bytes[p];
                _offsets[p] += _counts[p];
            }
        }

        return [.. blocks];
    }
}
