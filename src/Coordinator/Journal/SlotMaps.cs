using System.Collections.Immutable;
using Millrace.Common.Model;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// Numbers the partitions of one frame in the order in which they appear. A batch's partition indices are looked up
/// in an array, so that nothing is hashed per event; the arrays are kept for the next frame.
/// </summary>
internal sealed class SlotMaps
{
    private const int Unknown = -1;
    private const int MaxKept = 64;

    private readonly Dictionary<PartitionId, int> _slotOf = [];
    private readonly List<PartitionId> _partitions = [];
    private readonly List<(ImmutableArray<PartitionId> Partitions, int[] Slots)> _topics = [];
    private int[] _order = [];
    private uint[] _keys = [];
    private int _used;

    public int SlotCount => _partitions.Count;

    public PartitionId PartitionOf(int slot) => _partitions[slot];

    /// <summary>The slots of a topic's partitions by index; negative where none has been given yet.</summary>
    public int[] For(ImmutableArray<PartitionId> partitions)
    {
        for (int i = 0; i < _used; i++)
        {
            if (_topics[i].Partitions == partitions)
            {
                return _topics[i].Slots;
            }
        }

        int kept = _topics.FindIndex(_used, topic => topic.Slots.Length >= partitions.Length);
        int[] slots = kept < 0 ? new int[partitions.Length] : _topics[kept].Slots;
        slots.AsSpan().Fill(Unknown);
        if (kept < 0)
        {
            _topics.Add((partitions, slots));
            kept = _topics.Count - 1;
        }

        _topics[kept] = _topics[_used];
        _topics[_used++] = (partitions, slots);
        return slots;
    }

    /// <summary>The partition's slot; a new one when it has none.</summary>
    public int SlotOf(PartitionId partition)
    {
        if (!_slotOf.TryGetValue(partition, out int slot))
        {
            slot = _partitions.Count;
            _slotOf.Add(partition, slot);
            _partitions.Add(partition);
        }

        return slot;
    }

    /// <summary>All slots, ascending by partition.</summary>
    public ReadOnlySpan<int> Order()
    {
        int count = _partitions.Count;
        if (_order.Length < count)
        {
            _order = new int[count * 2];
            _keys = new uint[count * 2];
        }

        for (int slot = 0; slot < count; slot++)
        {
            _order[slot] = slot;
            _keys[slot] = _partitions[slot].Value;
        }

        _keys.AsSpan(0, count).Sort(_order.AsSpan(0, count));
        return _order.AsSpan(0, count);
    }

    public void Clear()
    {
        _slotOf.Clear();
        _partitions.Clear();
        _used = 0;
        if (_topics.Count > MaxKept)
        {
            _topics.RemoveRange(MaxKept, _topics.Count - MaxKept);
        }
    }
}
