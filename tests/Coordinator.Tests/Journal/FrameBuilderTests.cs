using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

[TestFixture]
internal sealed class FrameBuilderTests
{
    private static readonly JournalGeometry _geometry = new(512, 1 << 20, 64 * 1024);
    private static readonly FramePlace _place = new(1024, 3, 5, 512);

    [Test]
    public void Seal_RandomBatches_HoldsEachPartitionsEntriesInOrder()
    {
        Prop.ForAll<int[][]>(batches => Check(batches.Select(batch => batch ?? []).ToArray()))
            .QuickCheckThrowOnFailure();
    }

    [Test]
    public void Seal_SkippedEntries_AreNotStored()
    {
        FrameBuilder builder = new(_geometry);
        builder.TryAdd(Batches.Of(1, 8, 15), 2, Batches.Range(9, 3, 1));

        SealedFrame frame = builder.Seal(_place, 0, NoLedger);

        Assert.That(frame.Facts.Blocks, Has.Count.EqualTo(1));
        Assert.That(frame.BlockBytes(frame.Facts.Blocks[0]).ToArray(), Is.EqualTo(Batches.Bytes(15)));
        Assert.That(frame.Facts.Ranges, Is.EqualTo(new[] { Batches.Range(9, 3, 1) }));
    }

    [Test]
    public void Seal_Twice_SecondFrameHoldsNothingOfTheFirst()
    {
        FrameBuilder builder = new(_geometry);
        builder.TryAdd(Batches.Of(1, 2, 3), 0, Batches.Range(9, 1, 3));
        builder.AddRecord(new CoordinatorStarted(1, 2));
        builder.Seal(_place, 0, NoLedger).Release();

        SealedFrame empty = builder.Seal(_place, 0, NoLedger);

        Assert.That(builder.IsEmpty, Is.True);
        Assert.That(empty.Length, Is.EqualTo(512));
        Assert.That(empty.Facts.Blocks, Is.Empty);
        Assert.That(empty.Facts.Records, Is.Empty);
        Assert.That(empty.Facts.Ranges, Is.Empty);
        Assert.That(Reparse(empty).Blocks, Is.Empty);
    }

    [Test]
    public void Seal_TwoTopics_BlocksAscendByPartition()
    {
        FrameBuilder builder = new(_geometry);
        EntryBatch other = Batches.Of(0, 1);
        other.PartitionIds = [new PartitionId(99), new PartitionId(2)];
        builder.TryAdd(Batches.Of(0, 1), 0, Batches.Range(1, 1, 2));
        builder.TryAdd(other, 0, Batches.Range(1, 3, 2));
        builder.TryAdd(Batches.Of(2, 1), 0, Batches.Range(1, 5, 2));

        SealedFrame frame = builder.Seal(_place, 0, NoLedger);

        Assert.That(
            frame.Facts.Blocks.Select(block => (block.Partition.Value, block.Count)),
            Is.EqualTo(new[] { (2u, 1u), (28u, 1u), (29u, 2u), (30u, 1u), (99u, 1u) }));
    }

    [Test]
    public void TryAdd_FrameFull_IsFalseAndRecordsStillFit()
    {
        FrameBuilder builder = new(_geometry);
        int[] entries = [.. Enumerable.Range(600, 100)];
        while (builder.TryAdd(Batches.Of(entries), 0, Batches.Range(1, 1, entries.Length)))
        {
            Assert.That(builder.EstimatedBytes, Is.LessThanOrEqualTo(_geometry.MaxFrameBytes));
        }

        Assert.That(builder.RecordRoomIsLow, Is.False);
        while (!builder.RecordRoomIsLow)
        {
            builder.AddRecord(new ProducerExpired(7, 8));
        }

        SealedFrame frame = builder.Seal(_place, 0, NoLedger);
        Assert.That(frame.Length, Is.LessThanOrEqualTo(_geometry.MaxFrameBytes));
        Assert.That(Reparse(frame).Records, Has.Count.EqualTo(frame.Facts.Records.Count).And.Count.GreaterThan(50));
        Assert.That(builder.TryAdd(Batches.Of(entries), 0, Batches.Range(1, 1, entries.Length)), Is.True);
    }

    [Test]
    public void TryAdd_BatchThatFitsNoFrame_Throws()
    {
        FrameBuilder builder = new(new JournalGeometry(512, 8192, 2048));

        Assert.That(
            () => builder.TryAdd(Batches.Of([.. Enumerable.Range(600, 100)]), 0, Batches.Range(1, 1, 100)),
            Throws.ArgumentException);
    }

    [Test]
    public void AddRecord_NoRoomLeft_Throws()
    {
        FrameBuilder builder = new(_geometry);

        Assert.That(
            () => builder.AddRecord(new ProducerOpened(new string('x', 70_000), 1, 2, false, 3)),
            Throws.InvalidOperationException);
    }

    private static bool Check(int[][] batches)
    {
        FrameBuilder builder = new(_geometry);
        List<int> stored = [];
        for (int i = 0; i < batches.Length; i++)
        {
            int skip = batches[i].Length / 5;
            ProducerRange range = Batches.Range((ulong)i, 1 + (ulong)skip, batches[i].Length - skip);
            if (!builder.TryAdd(Batches.Of(batches[i]), skip, range))
            {
                break;
            }

            stored.AddRange(batches[i][skip..]);
            builder.AddRecord(new ProducerExpired((ulong)i, 5));
        }

        SealedFrame frame = builder.Seal(_place, 77, Count);
        FrameFacts facts = Reparse(frame);
        Assert.That(facts.Position, Is.EqualTo(_place.Position));
        Assert.That(facts.End, Is.EqualTo(frame.End));
        Assert.That(facts.UnixMs, Is.EqualTo(77));
        Assert.That(facts.Blocks, Is.EqualTo(frame.Facts.Blocks));
        Assert.That(facts.Ranges, Is.EqualTo(frame.Facts.Ranges));
        Assert.That(facts.Records, Is.EqualTo(frame.Facts.Records));
        Assert.That(facts.Blocks.Sum(block => block.Count), Is.EqualTo(stored.Count));
        foreach (PartitionBlock block in facts.Blocks)
        {
            int[] mine = [.. stored.Where(e => Batches.Partitions[Batches.Index(e)] == block.Partition)];
            Assert.That(frame.BlockBytes(block).ToArray(), Is.EqualTo(mine.SelectMany(Batches.Bytes)));
            Assert.That(block.Count, Is.EqualTo(mine.Length));
            Assert.That(block.FirstOffset, Is.EqualTo(block.Partition.Value * 1000UL));
            Assert.That(block.HashSumAfter, Is.EqualTo(mine.Aggregate(1UL, (sum, e) => sum + Batches.Hash(e))));
        }

        return true;
    }

    private static FrameFacts Reparse(SealedFrame frame)
    {
        Assert.That(FrameHeader.TryRead(frame.Bytes.Span, _geometry, out FrameHeader header), Is.True);
        Assert.That(FrameHeader.IsIntact(frame.Bytes.Span), Is.True);
        Assert.That(header.Place, Is.EqualTo(_place));
        return FrameParser.Parse(frame.Bytes.Span, header);
    }

    private static void Count(Span<PartitionBlock> blocks, ulong frameEnd)
    {
        foreach (ref PartitionBlock block in blocks)
        {
            block = block with
            {
                FirstOffset = block.Partition.Value * 1000UL,
                HashSumAfter = block.HashSumAfter + 1,
            };
        }
    }

    private static void NoLedger(Span<PartitionBlock> blocks, ulong frameEnd)
    {
    }
}
