using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Rpc.Audit;

namespace Millrace.Coordinator.Tests.Rpc.Audit;

public sealed class JournalAuditTests
{
    [Test]
    public void Find_RecentFrame_DoesNotReadTheJournal()
    {
        var journal = new FakeJournal();
        var audit = new JournalAudit(journal);
        FrameFacts frame = journal.Add(FakeJournal.Block(1, 0, 4, 44), FakeJournal.Block(2, 7, 3, 99));
        audit.Durable(frame);

        Assert.Multiple(() =>
        {
            Assert.That(
                audit.Find(new PartitionId(2), frame.End, 0), Is.EqualTo(new PartitionAudit(10, 99)));
            Assert.That(audit.Find(new PartitionId(3), frame.End, 0), Is.Null);
            Assert.That(audit.Find(new PartitionId(2), frame.End - 1, 0), Is.Null);
            Assert.That(audit.Find(new PartitionId(2), frame.End + 4096, 0), Is.Null);
            Assert.That(journal.Reads, Is.Zero);
        });
    }

    [Test]
    public void Find_FrameFromBeforeTheStart_ReadsTheJournalFromTheKnownPosition()
    {
        var journal = new FakeJournal();
        for (uint i = 0; i < 10; i++)
        {
            journal.Add(FakeJournal.Block(1, i, 1, i + 1));
        }

        var audit = new JournalAudit(journal);
        audit.Durable(journal.Add(FakeJournal.Block(1, 10, 1, 11)));

        Assert.Multiple(() =>
        {
            Assert.That(
                audit.Find(new PartitionId(1), 8 * 4096, 6 * 4096), Is.EqualTo(new PartitionAudit(8, 8)));
            Assert.That(journal.Reads, Is.EqualTo(2));
            Assert.That(audit.Find(new PartitionId(1), (8 * 4096) - 1, 0), Is.Null);
            Assert.That(audit.Find(new PartitionId(1), 8 * 4096, 9 * 4096), Is.Null);
        });
    }

    [Test]
    public void Find_AnyFrameAndAnyStart_AgreesWithANaiveSearch()
    {
        Gen<(int Frames, int Known, int Asked)> cases =
            from frames in Gen.Choose(1, 12)
            from known in Gen.Choose(0, frames)
            from asked in Gen.Choose(0, frames + 1)
            select (frames, known, asked);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var journal = new FakeJournal();
            var facts = new List<FrameFacts>();
            var random = new Random((c.Frames * 1000) + (c.Known * 100) + c.Asked);
            for (uint i = 0; i < c.Frames; i++)
            {
                facts.Add(random.Next(2) == 0
                    ? journal.Add(FakeJournal.Block(1, i, 1, i + 100))
                    : journal.Add(FakeJournal.Block(2, i, 1, i + 200)));
            }

            var audit = new JournalAudit(journal);
            facts.Skip(c.Known).ToList().ForEach(audit.Durable);
            ulong end = (ulong)c.Asked * 4096;
            FrameFacts? naive = facts.Find(f => f.End == end && f.Blocks.Any(b => b.Partition.Value == 1));
            PartitionAudit? expected = naive is null
                ? null
                : new PartitionAudit(naive.Blocks[0].EndOffset, naive.Blocks[0].HashSumAfter);
            return Equals(audit.Find(new PartitionId(1), end, 0), expected);
        }).QuickCheckThrowOnFailure();
    }
}
