using System.Collections.Immutable;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>Batches of made-up entries.</summary>
internal static class Batches
{
    public static ImmutableArray<PartitionId> Partitions { get; } =
        [.. Enumerable.Range(0, 7).Select(i => new PartitionId((uint)(30 - i)))];

    /// <summary>One entry for each number: its partition's index is the number mod 7, its length follows
    /// too.</summary>
    public static EntryBatch Of(params int[] entries)
    {
        EntryBatch batch = new() { PartitionIds = Partitions, Count = entries.Length };
        batch.Reserve(entries.Length);
        batch.Buffer = new byte[3 + entries.Sum(Length)];
        int at = 3;
        for (int i = 0; i < entries.Length; i++)
        {
            int length = Length(entries[i]);
            batch.Starts[i] = at;
            batch.Lengths[i] = length;
            batch.Partitions[i] = Index(entries[i]);
            batch.Hashes[i] = Hash(entries[i]);
            Bytes(entries[i]).CopyTo(batch.Buffer.AsSpan(at));
            at += length;
        }

        batch.ByteCount = at - 3;
        return batch;
    }

    public static ProducerRange Range(ulong producer, ulong first, int count) =>
        new(producer, new TopicId(4), first, (uint)count);

    public static int Index(int entry) => (int)((uint)entry % 7);

    public static ulong Hash(int entry) => (ulong)(uint)entry * 0x9E3779B97F4A7C15UL;

    public static byte[] Bytes(int entry)
    {
        byte[] bytes = new byte[Length(entry)];
        new Random(entry).NextBytes(bytes);
        return bytes;
    }

    private static int Length(int entry) => 2 + (int)((uint)entry / 7 % 90);
}
