using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>A small journal without threads, with a ledger like the core's.</summary>
internal sealed class TestJournal
{
    public static readonly JournalGeometry Geometry = new(512, 16 * 1024, 4 * 1024);
    public static readonly JournalLimits Limits = new(1L << 30, 0, 2 * 1024, 2);

    private readonly Dictionary<uint, (ulong Count, ulong Sum)> _ledger = [];

    public TestJournal(MemorySegments disk, ulong incarnation = 1, ulong from = 0, JournalLimits? limits = null)
    {
        Disk = disk;
        Incarnation = incarnation;
        Engine = JournalEngine.Recover(disk, Geometry, limits ?? Limits, from, Take);
        Builder = new FrameBuilder(Geometry);
    }

    public MemorySegments Disk { get; }

    public ulong Incarnation { get; }

    public JournalEngine Engine { get; }

    public FrameBuilder Builder { get; }

    /// <summary>What recovery replayed.</summary>
    public List<FrameFacts> Replayed { get; } = [];

    /// <summary>Seals what the builder has, appends it and has the next segment ready.</summary>
    public FrameFacts Append()
    {
        SealedFrame frame = Builder.Seal(Engine.NextPlace(Incarnation), 1000, Count);
        Engine.Begin(frame);
        Engine.Append(frame);
        Engine.Prepare();
        frame.Release();
        return frame.Facts;
    }

    public FrameFacts Append(params int[] entries)
    {
        Assert.That(Builder.TryAdd(Batches.Of(entries), 0, Batches.Range(1, 1, entries.Length)), Is.True);
        return Append();
    }

    public void Mark()
    {
        if (Engine.SealMark(Incarnation, 1000) is { } mark)
        {
            Engine.Begin(mark);
            Engine.Append(mark);
        }
    }

    private void Take(FrameFacts facts)
    {
        Replayed.Add(facts);
        foreach (PartitionBlock block in facts.Blocks)
        {
            _ledger[block.Partition.Value] = (block.EndOffset, block.HashSumAfter);
        }
    }

    private void Count(Span<PartitionBlock> blocks, ulong frameEnd)
    {
        foreach (ref PartitionBlock block in blocks)
        {
            (ulong count, ulong sum) = _ledger.GetValueOrDefault(block.Partition.Value);
            block = block with { FirstOffset = count, HashSumAfter = sum + block.HashSumAfter };
            _ledger[block.Partition.Value] = (block.EndOffset, block.HashSumAfter);
        }
    }
}
