using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Files;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

[TestFixture]
internal sealed class JournalSpaceTests
{
    private const long SegmentBytes = 16 * 1024;

    [Test]
    public void CanStore_DiskFull_IsFalseWhileControlRecordsStillFit()
    {
        MemorySegments disk = new() { Capacity = 3 * SegmentBytes };
        TestJournal journal = new(disk);
        FillUntilRefused(journal);

        Assert.That(() => AppendRecords(journal, 4), Throws.Nothing);
        Assert.That(journal.Engine.CanStore(100), Is.False);
    }

    [Test]
    public void CanStore_AtTheCap_IsFalseWhileControlRecordsStillFit()
    {
        JournalLimits limits = TestJournal.Limits with { MaxBytes = 3 * SegmentBytes };
        TestJournal journal = new(new MemorySegments(), limits: limits);
        ulong end = FillUntilRefused(journal);

        Assert.That(end, Is.InRange(2 * SegmentBytes, 3 * SegmentBytes));
        Assert.That(() => AppendRecords(journal, 20), Throws.Nothing);
        Assert.That(journal.Engine.CanStore(100), Is.False);
    }

    [Test]
    public void CanStore_TooLittleLeftForSnapshots_IsFalse()
    {
        MemorySegments disk = new() { Capacity = 4 * SegmentBytes };
        TestJournal journal = new(disk, limits: TestJournal.Limits with { MinFreeBytes = 2 * SegmentBytes });

        FillUntilRefused(journal);

        Assert.That(disk.FreeBytes, Is.EqualTo(2 * SegmentBytes));
    }

    [Test]
    public void CanStore_SpaceComesBack_IsTrueAgain()
    {
        MemorySegments disk = new() { Capacity = 3 * SegmentBytes };
        TestJournal journal = new(disk);
        FillUntilRefused(journal);

        disk.Capacity = 4 * SegmentBytes;
        Assert.That(journal.Engine.Prepare(), Is.True);

        Assert.That(journal.Engine.CanStore(100), Is.True);
    }

    [Test]
    public void CanStore_AfterTrim_IsTrueAgain()
    {
        TestJournal journal = new(new MemorySegments { Capacity = 3 * SegmentBytes });
        ulong end = FillUntilRefused(journal);

        journal.Engine.Trim(end);
        Assert.That(journal.Engine.Prepare(), Is.True);

        Assert.That(journal.Engine.CanStore(100), Is.True);
    }

    [Test]
    public void Append_EvenTheReserveIsGone_FailsAndTellsNobody()
    {
        MemorySegments disk = new() { Capacity = 2 * SegmentBytes };
        TestJournal journal = new(disk);
        FillUntilRefused(journal);
        ulong end = 0;

        FileFailure? failure = Assert.Throws<FileFailure>(() =>
        {
            while (true)
            {
                end = journal.Engine.DurableEnd;
                AppendRecords(journal, 1);
            }
        });

        Assert.That(failure!.Operation, Is.EqualTo("reserve"));
        Assert.That(journal.Engine.DurableEnd, Is.EqualTo(end));
    }

    [Test]
    public void Append_WhateverTheSpace_NeverFailsAfterCanStoreSaidYes()
    {
        Prop.ForAll(
            Gen.Choose(2 * (int)SegmentBytes, 8 * (int)SegmentBytes).ToArbitrary(),
            Gen.Choose(0, int.MaxValue).ToArbitrary(),
            (capacity, seed) =>
            {
                Random random = new(seed);
                TestJournal journal = new(new MemorySegments { Capacity = capacity });
                for (int i = 0; i < 200 && journal.Engine.CanStore(4096); i++)
                {
                    journal.Append([.. Enumerable.Range(600 + i, random.Next(1, 30))]);
                }

                return true;
            }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Recover_NoSpaceForTheFirstSegment_Throws()
    {
        Assert.That(
            () => new TestJournal(new MemorySegments { Capacity = 100 }),
            Throws.TypeOf<FileFailure>());
    }

    [Test]
    public void Trim_MoreThanTheSpares_DeletesTheRest()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts last = journal.Append(1);
        for (int i = 0; i < 60; i++)
        {
            last = journal.Append([.. Enumerable.Range(600 + i, 10)]);
        }

        journal.Engine.Trim(last.Position);
        journal.Engine.Prepare();

        Assert.That(disk.Names.Count(name => name.StartsWith("spare", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(disk.Names, Has.Count.LessThanOrEqualTo(4));
    }

    private static ulong FillUntilRefused(TestJournal journal)
    {
        ulong end = 0;
        for (int i = 0; journal.Engine.CanStore(4096); i++)
        {
            end = journal.Append([.. Enumerable.Range(600 + i, 10)]).End;
            Assert.That(i, Is.LessThan(100));
        }

        return end;
    }

    private static void AppendRecords(TestJournal journal, int frames)
    {
        for (int i = 0; i < frames; i++)
        {
            journal.Builder.AddRecord(new ProducerExpired(1, i));
            journal.Append();
        }
    }
}
