using Millrace.Common.Files;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Journal;

/// <summary>Fills in where each block's offsets start and what the partitions' cumulative sums become.</summary>
/// <param name="blocks">In: partition, count, and the block's own sum as HashSumAfter. Out: first offset and
/// cumulative sum as well. Ascending by partition.</param>
internal delegate void SealBlocks(Span<PartitionBlock> blocks, ulong frameEnd);

/// <summary>
/// Collects the next frame while the last one is being synced, then lays it out: each entry is copied once, from its
/// batch to its partition's block. Batches are borrowed until <see cref="Seal"/>. Used by one thread.
/// </summary>
internal sealed class FrameBuilder(JournalGeometry geometry)
{
    private const int FirstSlots = 64;

    /// <summary>Room that events leave to control records.</summary>
    private readonly int _recordReserve = geometry.MaxFrameBytes / 4;

    private readonly List<Added> _batches = [];
    private readonly List<ProducerRange> _ranges = [];
    private readonly List<ControlRecord> _records = [];
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly ArrayBufferWriter<byte> _recordBytes = new();
    private readonly SlotMaps _maps = new();
    private Slot[] _slots = new Slot[FirstSlots];
    private int _eventBytes;

    public bool IsEmpty => _batches.Count == 0 && _records.Count == 0;

    /// <summary>How many events there are.</summary>
    public int EventCount { get; private set; }

    /// <summary>The frame's length as it stands, padding included.</summary>
    public int EstimatedBytes => (int)geometry.AlignUp((ulong)ContentBytes);

    /// <summary>Control records have used half of the room that is always kept for them: no further input that could
    /// bring some may be handled before the frame is sealed.</summary>
    public bool RecordRoomIsLow => geometry.MaxFrameBytes - ContentBytes < _recordReserve / 2;

    private int ContentBytes =>
        FrameFormat.HeaderBytes + (_ranges.Count * FrameFormat.RangeBytes) + _recordBytes.WrittenCount
        + (_maps.SlotCount * FrameFormat.DirectoryBytes) + _eventBytes;

    /// <summary>The batch fits, whatever of it is to be skipped.</summary>
    /// <param name="records">Bytes of control records that come with it.</param>
    public bool HasRoomFor(EntryBatch batch, int records = 0)
    {
        int partitions = Math.Min(batch.Count, batch.PartitionIds.Length);
        int most = batch.ByteCount + (partitions * FrameFormat.DirectoryBytes) + FrameFormat.RangeBytes;
        int recordRoom = Math.Max(0, _recordReserve - _recordBytes.WrittenCount - records);
        return ContentBytes + most + records <= geometry.MaxFrameBytes - recordRoom;
    }

    /// <summary>
    /// Adds a batch's entries, without the first <paramref name="skip"/>. False when the frame must be sealed first;
    /// a frame without events takes any batch of up to half of the largest frame's bytes.
    /// </summary>
    public bool TryAdd(EntryBatch batch, int skip, ProducerRange range)
    {
        if (!HasRoomFor(batch))
        {
            return IsEmpty
                ? throw new ArgumentException($"A batch of {batch.ByteCount} bytes fits no frame.", nameof(batch))
                : false;
        }

        int[] slots = _maps.For(batch.PartitionIds);
        int[] partition = batch.Partitions;
        int[] lengths = batch.Lengths;
        ulong[] hashes = batch.Hashes;
        for (int i = skip; i < batch.Count; i++)
        {
            int slot = slots[partition[i]];
            if (slot < 0)
            {
                slot = NewSlot(batch.PartitionIds, partition[i], slots);
            }

            ref Slot to = ref _slots[slot];
            to.Bytes += lengths[i];
            to.Count++;
            to.Sum += hashes[i];
            _eventBytes += lengths[i];
        }

        EventCount += batch.Count - skip;
        _batches.Add(new Added(batch, skip, slots));
        _ranges.Add(range);
        return true;
    }

    /// <summary>Adds a control record. As long as <see cref="RecordRoomIsLow"/> is heeded there is always
    /// room.</summary>
    /// <exception cref="InvalidOperationException">One input's records do not fit a frame.</exception>
    public void AddRecord(ControlRecord record)
    {
        _json.ResetWrittenCount();
        ControlRecordCodec.Encode(record, _json);
        int bytes = FrameFormat.RecordLengthBytes + _json.WrittenCount;
        if (ContentBytes + bytes > geometry.MaxFrameBytes)
        {
            throw new InvalidOperationException(
                $"A control record of {bytes} bytes does not fit the frame, which holds {ContentBytes} already.");
        }

        BinaryPrimitives.WriteInt32LittleEndian(
            _recordBytes.GetSpan(FrameFormat.RecordLengthBytes), _json.WrittenCount);
        _recordBytes.Advance(FrameFormat.RecordLengthBytes);
        _recordBytes.Write(_json.WrittenSpan);
        _records.Add(record);
    }

    /// <summary>Makes the frame, and begins the next one. The batches are the caller's again.</summary>
    /// <param name="unixMs">Wall clock, milliseconds since 1970.</param>
    /// <param name="seal">Counts the events: called once, in journal order.</param>
    /// <returns>A frame that the caller releases.</returns>
    public SealedFrame Seal(in FramePlace place, long unixMs, SealBlocks seal)
    {
        int content = ContentBytes;
        FrameHeader header = new(
            place,
            FrameFormat.Version,
            EstimatedBytes,
            unixMs,
            _ranges.Count,
            _records.Count,
            _recordBytes.WrittenCount,
            _maps.SlotCount);
        PartitionBlock[] blocks = PlaceBlocks(header.BlocksOffset);
        seal(blocks, header.End);

        AlignedBuffer buffer = AlignedBuffer.Rent(header.Length);
        Span<byte> frame = buffer.Span(header.Length);
        int at = WriteRanges(frame, FrameFormat.HeaderBytes);
        _recordBytes.WrittenSpan.CopyTo(frame[at..]);
        WriteDirectory(frame[(at + _recordBytes.WrittenCount)..], blocks);
        Scatter(frame);
        frame[content..].Clear();
        header.Write(frame);

        FrameFacts facts = new(
            place.Position,
            header.End,
            place.Incarnation,
            unixMs,
            _records.Count == 0 ? [] : _records.ToArray(),
            _ranges.Count == 0 ? [] : _ranges.ToArray(),
            blocks);
        Clear();
        return new SealedFrame(buffer, facts);
    }

    private int NewSlot(ImmutableArray<PartitionId> partitions, int index, int[] slots)
    {
        int slot = _maps.SlotOf(partitions[index]);
        slots[index] = slot;
        if (slot == _slots.Length)
        {
            Array.Resize(ref _slots, slot * 2);
        }

        return slot;
    }

    /// <summary>Orders the blocks by partition and gives each slot the place at which its first entry goes.</summary>
    private PartitionBlock[] PlaceBlocks(int offset)
    {
        ReadOnlySpan<int> order = _maps.Order();
        PartitionBlock[] blocks = order.Length == 0 ? [] : new PartitionBlock[order.Length];
        for (int i = 0; i < blocks.Length; i++)
        {
            ref Slot slot = ref _slots[order[i]];
            blocks[i] = new PartitionBlock(_maps.PartitionOf(order[i]), 0, slot.Count, slot.Sum, offset, slot.Bytes);
            slot.At = offset;
            offset += slot.Bytes;
        }

        return blocks;
    }

    private int WriteRanges(Span<byte> frame, int at)
    {
        foreach (ProducerRange range in _ranges)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(frame[at..], range.Producer);
            BinaryPrimitives.WriteUInt64LittleEndian(frame[(at + 8)..], range.FirstSequence);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[(at + 16)..], range.Topic.Value);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[(at + 20)..], range.Count);
            at += FrameFormat.RangeBytes;
        }

        return at;
    }

    private static void WriteDirectory(Span<byte> bytes, PartitionBlock[] blocks)
    {
        foreach (ref readonly PartitionBlock block in blocks.AsSpan())
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, block.FirstOffset);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], block.HashSumAfter);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], block.Partition.Value);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], block.Count);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], block.ByteOffset);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[28..], block.ByteLength);
            bytes = bytes[FrameFormat.DirectoryBytes..];
        }
    }

    private void Scatter(Span<byte> frame)
    {
        foreach (Added added in _batches)
        {
            EntryBatch batch = added.Batch;
            byte[] buffer = batch.Buffer;
            int[] partition = batch.Partitions;
            int[] starts = batch.Starts;
            int[] lengths = batch.Lengths;
            for (int i = added.Skip; i < batch.Count; i++)
            {
                ref int at = ref _slots[added.Slots[partition[i]]].At;
                int length = lengths[i];
                buffer.AsSpan(starts[i], length).CopyTo(frame[at..]);
                at += length;
            }
        }
    }

    private void Clear()
    {
        Array.Clear(_slots, 0, _maps.SlotCount);
        _maps.Clear();
        _batches.Clear();
        _ranges.Clear();
        _records.Clear();
        _recordBytes.ResetWrittenCount();
        _eventBytes = 0;
        EventCount = 0;
    }

    /// <summary>One partition's share of the frame.</summary>
    private struct Slot
    {
        public int Bytes;
        public uint Count;
        public ulong Sum;

        /// <summary>Where its next entry goes, counted from the frame's first byte.</summary>
        public int At;
    }

    private readonly record struct Added(EntryBatch Batch, int Skip, int[] Slots);
}
