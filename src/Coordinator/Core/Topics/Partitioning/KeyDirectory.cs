using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Recovery;

namespace Millrace.Coordinator.Core.Topics.Partitioning;

/// <summary>
/// Which partition each key of a topic belongs to. Open addressing over 8-byte slots that hold 32 bits of the key's
/// XXH64 and the number of its entry; a hit is confirmed by comparing the key's bytes. Looking up allocates nothing.
/// </summary>
/// <param name="others">Where keys go that it does not know once it is closed.</param>
internal sealed class KeyDirectory(HashRanges others)
{
    private const int FirstSlots = 64;

    private readonly List<(byte[] Key, PartitionId Partition)> _entries = [];
    private readonly Dictionary<PartitionId, int> _keysOf = [];
    private ulong[] _slots = new ulong[FirstSlots];

    public int Count => _entries.Count;

    /// <summary>It takes no more keys: those that it does not know go by their hash, for ever.</summary>
    public bool IsClosed { get; set; }

    /// <summary>In the order in which they were placed.</summary>
    public IReadOnlyList<(byte[] Key, PartitionId Partition)> Entries => _entries;

    public HashRanges Others { get; } = others;

    public int KeysOf(PartitionId partition) => _keysOf.GetValueOrDefault(partition);

    /// <summary>Partition 0, which no partition is: the key is not known.</summary>
    /// <param name="hash">XXH64 (seed 0) of the key.</param>
    public PartitionId Find(ReadOnlySpan<byte> key, ulong hash)
    {
        int entry = EntryAt(SlotOf(key, hash));
        return entry < 0 ? default : _entries[entry].Partition;
    }

    /// <summary>A known key stays where it is.</summary>
    public void Add(byte[] key, PartitionId partition)
    {
        ulong hash = XxHash64.Hash(key);
        int slot = SlotOf(key, hash);
        if (_slots[slot] != 0)
        {
            return;
        }

        _entries.Add((key, partition));
        _keysOf[partition] = KeysOf(partition) + 1;
        _slots[slot] = Slot(hash, _entries.Count - 1);
        if (_entries.Count * 2 > _slots.Length)
        {
            Grow();
        }
    }

    public void Clear()
    {
        _entries.Clear();
        _keysOf.Clear();
        Array.Clear(_slots);
    }

    /// <summary>Partitions were sealed: their keys belong to those that took over.</summary>
    public void Follow(Topic topic)
    {
        Dictionary<PartitionId, Partition> byId = topic.Partitions.ToDictionary(p => p.Id);
        foreach (Partition gone in topic.Partitions.Where(p => !p.IsOpen))
        {
            Others.Replace(gone.Id, [.. gone.Children.Select(c => byId[c])]);
        }

        for (int i = 0; i < _entries.Count; i++)
        {
            (byte[] key, PartitionId before) = _entries[i];
            Partition now = byId[before];
            while (!now.IsOpen)
            {
                now = now.Children.Select(c => byId[c]).First(c => c.Share?.Contains(key) ?? true);
            }

            if (now.Id != before)
            {
                _entries[i] = (key, now.Id);
                _keysOf[before] = KeysOf(before) - 1;
                _keysOf[now.Id] = KeysOf(now.Id) + 1;
            }
        }
    }

    public DirectoryDto ToSnapshot(TopicId topic) => new(
        topic.Value,
        IsClosed,
        [.. _entries.Select(e => e.Key)],
        [.. _entries.Select(e => e.Partition.Value)],
        Others.ToSnapshot());

    /// <param name="made">The topic's partitions, for a snapshot of when they could not change.</param>
    public static KeyDirectory FromSnapshot(DirectoryDto dto, IReadOnlyList<PartitionId> made)
    {
        var directory = new KeyDirectory(
            dto.Others is { } others ? HashRanges.FromSnapshot(others) : HashRanges.Even(made))
        {
            IsClosed = dto.Closed,
        };
        for (int i = 0; i < dto.Keys.Count; i++)
        {
            directory.Add(dto.Keys[i], new PartitionId(dto.Partitions[i]));
        }

        return directory;
    }

    private static ulong Slot(ulong hash, int entry) => (hash << 32) | ((uint)entry + 1);

    private int EntryAt(int slot) => (int)(uint)_slots[slot] - 1;

    /// <summary>The key's slot, or the empty one where it would go.</summary>
    private int SlotOf(ReadOnlySpan<byte> key, ulong hash)
    {
        int mask = _slots.Length - 1;
        int at = (int)hash & mask;
        while (_slots[at] != 0
            && ((uint)(_slots[at] >> 32) != (uint)hash || !_entries[EntryAt(at)].Key.AsSpan().SequenceEqual(key)))
        {
            at = (at + 1) & mask;
        }

        return at;
    }

    private void Grow()
    {
        _slots = new ulong[_slots.Length * 2];
        for (int i = 0; i < _entries.Count; i++)
        {
            ulong hash = XxHash64.Hash(_entries[i].Key);
            _slots[SlotOf(_entries[i].Key, hash)] = Slot(hash, i);
        }
    }
}
