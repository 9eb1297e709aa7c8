using System.Numerics;
using System.Runtime.CompilerServices;
using Millrace.Common.Keys;
using Millrace.Worker.Core.Operators;

namespace Millrace.Worker.Core.State;

/// <summary>
/// A number for each key: how often it occurred, or a sum. Open addressing over 8-byte slots that hold 32 bits of the
/// key's XXH64 and the number of its entry; a hit is confirmed by comparing the key's bytes. The low half of the hash
/// is used because the high half names the key group, which all keys of a partition nearly share. Allocates only when
/// it grows.
/// </summary>
internal sealed class CountTable
{
    private const int FirstSlots = 64;

    private readonly KeyArena _keys = new();
    private ulong[] _slots = new ulong[FirstSlots];
    private CountEntry[] _entries = new CountEntry[FirstSlots / 2];
    private int _count;

    /// <summary>How many different keys there are.</summary>
    public int Count => _count;

    /// <summary>Memory that the table takes, in bytes.</summary>
    public long ByteCount =>
        _keys.ByteCount + ((long)_slots.Length * sizeof(ulong)) + ((long)_entries.Length * Unsafe.SizeOf<CountEntry>());

    /// <summary>Adds to a key's count.</summary>
    /// <param name="hash">XXH64 (seed 0) of the key.</param>
    public void Add(ulong hash, ReadOnlySpan<byte> key, ulong increment = 1)
    {
        ulong[] slots = _slots;
        uint tag = (uint)hash;
        int mask = slots.Length - 1;
        for (int at = (int)tag & mask; ; at = (at + 1) & mask)
        {
            ulong slot = slots[at];
            if (slot == 0)
            {
                Insert(at, tag, key, increment);
                return;
            }

            if ((uint)(slot >> 32) == tag)
            {
                ref CountEntry entry = ref _entries[(int)(uint)slot - 1];
                if (_keys[entry.Key].SequenceEqual(key))
                {
                    entry.Count += increment;
                    return;
                }
            }
        }
    }

    /// <summary>Gives a key its count, whatever it was.</summary>
    /// <param name="hash">XXH64 (seed 0) of the key.</param>
    public void Set(ulong hash, ReadOnlySpan<byte> key, ulong count)
    {
        int entry = Find((uint)hash, key);
        if (entry < 0)
        {
            Add(hash, key, count);
        }
        else
        {
            _entries[entry].Count = count;
        }
    }

    /// <summary>False: the key has not occurred.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out ulong count)
    {
        int entry = Find((uint)XxHash64.Hash(key), key);
        count = entry < 0 ? 0 : _entries[entry].Count;
        return entry >= 0;
    }

    /// <summary>Entries in byte order of their keys.</summary>
    /// <param name="prefix">Only keys that start with it.</param>
    /// <param name="after">Only keys above it; empty: from the first.</param>
    public List<KeyCount> Scan(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after, int limit)
    {
        var best = new PriorityQueue<int, int>(Comparer<int>.Create((a, b) => KeyOf(b).SequenceCompareTo(KeyOf(a))));
        for (int i = 0; i < _count && limit > 0; i++)
        {
            ReadOnlySpan<byte> key = KeyOf(i);
            if (key.StartsWith(prefix) && (after.IsEmpty || key.SequenceCompareTo(after) > 0))
            {
                Offer(best, i, limit);
            }
        }

        return Take(best);
    }

    /// <summary>The largest counts, falling; equal ones in byte order of their keys.</summary>
    public List<KeyCount> Top(int limit)
    {
        var best = new PriorityQueue<int, int>(Comparer<int>.Create((a, b) =>
            _entries[a].Count != _entries[b].Count
                ? _entries[a].Count.CompareTo(_entries[b].Count)
                : KeyOf(b).SequenceCompareTo(KeyOf(a))));
        for (int i = 0; i < _count && limit > 0; i++)
        {
            Offer(best, i, limit);
        }

        return Take(best);
    }

    /// <summary>A copy that later changes do not touch. Copies 16 bytes for each key; shares the keys
    /// themselves.</summary>
    public FrozenCounts Freeze(OperatorContext groups) =>
        FrozenCounts.Copy(_entries.AsSpan(0, _count), _keys.Share(), groups);

    /// <summary>The key's entry; negative: it has none.</summary>
    private int Find(uint tag, ReadOnlySpan<byte> key)
    {
        int mask = _slots.Length - 1;
        for (int at = (int)tag & mask; _slots[at] != 0; at = (at + 1) & mask)
        {
            int entry = (int)(uint)_slots[at] - 1;
            if ((uint)(_slots[at] >> 32) == tag && _keys[_entries[entry].Key].SequenceEqual(key))
            {
                return entry;
            }
        }

        return -1;
    }

    private static void Offer(PriorityQueue<int, int> best, int entry, int limit)
    {
        if (best.Count < limit)
        {
            best.Enqueue(entry, entry);
        }
        else
        {
            best.EnqueueDequeue(entry, entry);
        }
    }

    private List<KeyCount> Take(PriorityQueue<int, int> best)
    {
        var found = new List<KeyCount>(best.Count);
        while (best.TryDequeue(out int entry, out _))
        {
            found.Add(new KeyCount(KeyOf(entry).ToArray(), _entries[entry].Count));
        }

        found.Reverse();
        return found;
    }

    private ReadOnlySpan<byte> KeyOf(int entry) => _keys[_entries[entry].Key];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Insert(int at, uint tag, ReadOnlySpan<byte> key, ulong increment)
    {
        if (_count == _entries.Length)
        {
            Grow();
            at = FreeSlot(tag);
        }

        _entries[_count] = new CountEntry(_keys.Add(key)) { Count = increment };
        _slots[at] = ((ulong)tag << 32) | (uint)++_count;
    }

    /// <summary>Slots stay at most half full.</summary>
    private void Grow()
    {
        ulong[] old = _slots;
        _slots = new ulong[checked((int)BitOperations.RoundUpToPowerOf2((uint)old.Length + 1))];
        Array.Resize(ref _entries, _slots.Length / 2);
        foreach (ulong slot in old)
        {
            if (slot != 0)
            {
                _slots[FreeSlot((uint)(slot >> 32))] = slot;
            }
        }
    }

    private int FreeSlot(uint tag)
    {
        int mask = _slots.Length - 1;
        int at = (int)tag & mask;
        while (_slots[at] != 0)
        {
            at = (at + 1) & mask;
        }

        return at;
    }
}
