using Millrace.Common.Files;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Dispatch;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Dispatch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OffsetIndexTests
{
    private static readonly PartitionId _partition = new(1);
    private readonly StoredFrames _journal = new();

    [Test]
    public void Find_WithoutMarks_StartsAtTheBeginning() =>
        Assert.That(new OffsetIndex(_journal).Find(_partition, 5), Is.Zero);

    [Test]
    public void Find_AmongManyFramesInAnyOrder_IsAtOrBeforeTheOffsetAndNear()
    {
        var index = new OffsetIndex(_journal);
        const ulong step = 512 << 10;
        int[] order = [.. Enumerable.Range(0, 1000)];
        new Random(1).Shuffle(order);
        foreach (int i in order)
        {
            index.Add(Frame((ulong)i * step, (ulong)i * 10));
        }

        for (ulong offset = 0; offset < 10_000; offset += 7)
        {
            ulong exact = offset / 10 * step;
            ulong found = index.Find(_partition, offset);
            Assert.That(found, Is.LessThanOrEqualTo(exact));
            Assert.That(exact - found, Is.LessThan(32ul << 20), $"offset {offset}");
        }
    }

    [Test]
    public void Find_AfterTrimming_StaysNearWhatIsKept()
    {
        var index = new OffsetIndex(_journal);
        const ulong step = 1 << 20;
        for (ulong i = 0; i < 100_000; i++)
        {
            _journal.Trim(i < 100 ? 0 : (i - 100) * step);
            index.Add(Frame(i * step, i * 10));
        }

        ulong found = index.Find(_partition, 99_990 * 10);
        Assert.That((99_990 * step) - found, Is.LessThan(16 * step));
    }

    private static SealedFrame Frame(ulong position, ulong offset) => new(
        AlignedBuffer.Rent(4096),
        new FrameFacts(position, position + 4096, 1, 0, [], [], [new PartitionBlock(_partition, offset, 10, 0, 0, 0)]));
}
