using System.Buffers;
using Millrace.Common.Keys;
using Millrace.Worker.Core.Operators;

namespace Millrace.Worker.Core.State;

/// <summary>A count table at one moment: its own copy of the entries, the table's pages for the keys.</summary>
internal sealed class FrozenCounts : IFrozenState
{
    /// <summary>Groups are numbers below 2^20.</summary>
    private const int GroupShift = 44;

    private readonly byte[][] _pages;
    private readonly int _count;
    private readonly OperatorContext _groups;
    private CountEntry[] _entries;

    private FrozenCounts(CountEntry[] entries, int count, byte[][] pages, OperatorContext groups)
    {
        _entries = entries;
        _count = count;
        _pages = pages;
        _groups = groups;
    }

    public static FrozenCounts Copy(ReadOnlySpan<CountEntry> entries, byte[][] pages, OperatorContext groups)
    {
        CountEntry[] copy = ArrayPool<CountEntry>.Shared.Rent(entries.Length);
        entries.CopyTo(copy);
        return new FrozenCounts(copy, entries.Length, pages, groups);
    }

    /// <summary>Order: group, hash, key. Of XXH64 a group is a range of hashes, so the hash alone orders both; of
    /// other functions the group takes the place of the hash's low bits.</summary>
    /// <remarks>An entry never moves, so what was changed is found by comparing the two copies; nothing is noted while
    /// events are counted.</remarks>
    public void WriteTo(SnapshotWriter writer, IFrozenState? since)
    {
        ulong[] hashes = ArrayPool<ulong>.Shared.Rent(_count);
        int[] order = ArrayPool<int>.Shared.Rent(_count);
        try
        {
            int count = Select(since as FrozenCounts, order);
            for (int i = 0; i < count; i++)
            {
                hashes[i] = OrderOf(KeyOf(order[i]));
            }

            Array.Sort(hashes, order, 0, count);
            SortEqualHashes(hashes.AsSpan(0, count), order);
            for (int start = 0; start < count;)
            {
                start = WriteGroup(writer, hashes.AsSpan(0, count), order, start);
            }
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(hashes);
            ArrayPool<int>.Shared.Return(order);
        }
    }

    public void Dispose()
    {
        ArrayPool<CountEntry>.Shared.Return(_entries);
        _entries = [];
    }

    /// <summary>Puts the entries that are to be written in front; says how many those are.</summary>
    private int Select(FrozenCounts? since, int[] order)
    {
        int count = 0;
        int before = since?._count ?? 0;
        for (int i = 0; i < _count; i++)
        {
            if (i >= before || _entries[i].Count != since!._entries[i].Count)
            {
                order[count++] = i;
            }
        }

        return count;
    }

    private int WriteGroup(SnapshotWriter writer, ReadOnlySpan<ulong> hashes, int[] order, int start)
    {
        int group = GroupOf(hashes[start]);
        int end = start + 1;
        while (end < hashes.Length && GroupOf(hashes[end]) == group)
        {
            end++;
        }

        writer.BeginGroup(group, end - start);
        for (int i = start; i < end; i++)
        {
            writer.WriteVarint(_entries[order[i]].Count);
            writer.WriteBytes(KeyOf(order[i]));
        }

        return end;
    }

    private ulong OrderOf(ReadOnlySpan<byte> key)
    {
        ulong hash = XxHash64.Hash(key);
        return _groups.Function == KeyFunction.Xxh64
            ? hash
            : ((ulong)_groups.GroupOf(key) << GroupShift) | (hash >> (64 - GroupShift));
    }

    private int GroupOf(ulong order) =>
        _groups.Function == KeyFunction.Xxh64
            ? KeyGroups.Of(order, _groups.KeyGroupCount)
            : (int)(order >> GroupShift);

    /// <summary>Two keys of one hash are rare, but their order must not depend on which came first.</summary>
    private void SortEqualHashes(ReadOnlySpan<ulong> hashes, int[] order)
    {
        for (int start = 0; start < hashes.Length;)
        {
            int end = start + 1;
            while (end < hashes.Length && hashes[end] == hashes[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                order.AsSpan(start, end - start).Sort((a, b) => KeyOf(a).SequenceCompareTo(KeyOf(b)));
            }

            start = end;
        }
    }

    private ReadOnlySpan<byte> KeyOf(int entry)
    {
        KeyRef key = _entries[entry].Key;
        return _pages[key.Page].AsSpan(key.Offset, key.Length);
    }
}
