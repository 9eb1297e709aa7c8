using Millrace.Common.Files;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

[TestFixture]
internal sealed class JournalEngineTests
{
    [Test]
    public void Recover_NothingThere_StartsAtZero()
    {
        TestJournal journal = new(new MemorySegments());

        Assert.That(journal.Engine.DurableEnd, Is.Zero);
        Assert.That(journal.Engine.NextPosition, Is.Zero);
        Assert.That(journal.Engine.Read(0), Is.Null);
        Assert.That(journal.Engine.SealMark(1, 0), Is.Null);
        Assert.That(journal.Engine.CanStore(100), Is.True);
    }

    [Test]
    public void Append_ManyFrames_ReadAndReplayGiveThemAll()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        List<FrameFacts> written = [];
        for (int i = 0; i < 100; i++)
        {
            written.Add(journal.Append([.. Enumerable.Range(i, i % 50)]));
        }

        TestJournal again = new(disk, 2);

        Assert.That(Positions(again.Replayed), Is.EqualTo(Positions(written)));
        Assert.That(again.Replayed.SelectMany(f => f.Blocks), Is.EqualTo(written.SelectMany(f => f.Blocks)));
        Assert.That(ReadAll(journal.Engine), Is.EqualTo(Positions(written)));
        Assert.That(ReadAll(again.Engine), Is.EqualTo(Positions(written)));
        Assert.That(again.Engine.DurableEnd, Is.EqualTo(journal.Engine.DurableEnd));
        Assert.That(again.Engine.NextPosition, Is.EqualTo(journal.Engine.NextPosition));
        Assert.That(written[^1].End, Is.GreaterThan(TestJournal.Geometry.SegmentBytes * 3));
    }

    [Test]
    public void Append_SegmentNearlyFull_NextFrameStartsTheNextSegment()
    {
        TestJournal journal = new(new MemorySegments());
        List<ulong> starts = [];
        for (int i = 0; i < 30; i++)
        {
            starts.Add(journal.Append(600, 601, 602).Position);
        }

        ulong segment = (ulong)TestJournal.Geometry.SegmentBytes;
        ulong room = (ulong)TestJournal.Geometry.MaxFrameBytes;
        Assert.That(starts.Select(start => start % segment), Has.All.LessThanOrEqualTo(segment - room));
        Assert.That(starts, Does.Contain(segment));
    }

    [Test]
    public void Recover_FromASnapshotsPosition_ReplaysOnlyWhatIsAboveIt()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        List<FrameFacts> written = [.. Enumerable.Range(0, 60).Select(i => journal.Append(i, i + 600))];

        foreach (FrameFacts frame in written)
        {
            TestJournal again = new(disk, 2, frame.End);
            Assert.That(
                Positions(again.Replayed),
                Is.EqualTo(Positions(written.Where(later => later.Position >= frame.End))));
            Assert.That(again.Engine.DurableEnd, Is.EqualTo(written[^1].End));
        }
    }

    [Test]
    public void Recover_SnapshotInsideAFrame_IsRefused()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts frame = journal.Append([.. Enumerable.Range(600, 20)]);
        journal.Append(1);

        Assert.That(
            () => new TestJournal(disk, 2, frame.Position + 512),
            Throws.TypeOf<JournalDamagedException>().With.Message.Contain("inside a frame"));
    }

    [Test]
    public void Recover_SnapshotAboveTheEnd_IsRefused()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        ulong end = journal.Append(1).End;

        foreach (ulong above in new[] { end + 512, end + 16384, end + (10 * 16384) })
        {
            Assert.That(
                () => new TestJournal(disk, 2, above),
                Throws.TypeOf<JournalDamagedException>().With.Message.Contain($"{above}"));
        }

        Assert.That(() => new TestJournal(new MemorySegments(), 2, 512), Throws.TypeOf<JournalDamagedException>());
    }

    [Test]
    public void Trim_OldSegments_AreUsedAgainUnderAHigherGeneration()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts last = journal.Append(1);
        for (int i = 0; i < 300; i++)
        {
            journal.Engine.Trim(last.Position);
            last = journal.Append([.. Enumerable.Range(600 + i, 10)]);
        }

        Assert.That(disk.Names, Has.Count.LessThanOrEqualTo(5));
        Assert.That(journal.Engine.FirstPosition, Is.GreaterThan(TestJournal.Geometry.SegmentBytes));
        TestJournal again = new(disk, 2, last.Position);
        Assert.That(Positions(again.Replayed), Is.EqualTo(Positions([last])));
        Assert.That(ReadAll(again.Engine), Is.EqualTo(ReadAll(journal.Engine)));
        Assert.That(again.Engine.FirstPosition, Is.EqualTo(journal.Engine.FirstPosition));
    }

    [Test]
    public void Trim_AboveEverything_KeepsTheLastFramesSegment()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts last = journal.Append(1);
        for (int i = 0; i < 40; i++)
        {
            last = journal.Append([.. Enumerable.Range(600 + i, 10)]);
        }

        journal.Engine.Trim(ulong.MaxValue);
        journal.Engine.Prepare();

        using TestFrame frame = new(journal.Engine.Read(last.Position));
        Assert.That(frame.Frame!.Position, Is.EqualTo(last.Position));
        Assert.That(journal.Engine.FirstPosition, Is.LessThanOrEqualTo(last.Position));
    }

    [Test]
    public void Read_TrimmedPosition_GivesTheOldestFrame()
    {
        TestJournal journal = new(new MemorySegments());
        FrameFacts last = journal.Append(1);
        for (int i = 0; i < 40; i++)
        {
            last = journal.Append([.. Enumerable.Range(600 + i, 10)]);
        }

        journal.Engine.Trim(last.Position);

        using TestFrame frame = new(journal.Engine.Read(0));
        Assert.That(frame.Frame!.Position, Is.EqualTo(journal.Engine.FirstPosition).And.GreaterThan(0));
    }

    [Test]
    public void Read_BetweenFrames_IsDamage()
    {
        TestJournal journal = new(new MemorySegments());
        FrameFacts frame = journal.Append([.. Enumerable.Range(600, 20)]);

        Assert.That(
            () => journal.Engine.Read(frame.Position + 512),
            Throws.TypeOf<JournalDamagedException>().With.Message.Contain("000000000000.1.segment, byte 512"));
    }

    [Test]
    public void Recover_FilesWithoutTheFirst_AreRefused()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        ulong end = Fill(journal, 40);
        string[] segments = [.. disk.Names.Order(StringComparer.Ordinal)];
        Assert.That(segments, Has.Length.GreaterThanOrEqualTo(4));

        for (int missing = 0; missing < segments.Length - 1; missing++)
        {
            MemorySegments copy = disk.AfterPowerCut(null);
            copy.Delete(segments[missing]);
            Assert.That(() => new TestJournal(copy, 2), Throws.TypeOf<JournalDamagedException>(), $"{missing}");
            Assert.That(() => new TestJournal(copy, 2, end), missing == 0 ? Throws.Nothing : Throws.Exception);
        }
    }

    [Test]
    public void Recover_SwappedFiles_AreRefused()
    {
        MemorySegments disk = new();
        Fill(new TestJournal(disk), 40);
        string[] segments = [.. disk.Names.Order(StringComparer.Ordinal)];
        for (int i = 0; i < segments.Length; i++)
        {
            for (int j = i + 1; j < segments.Length; j++)
            {
                MemorySegments copy = disk.AfterPowerCut(null);
                copy.Rename(segments[i], "x");
                copy.Rename(segments[j], segments[i]);
                copy.Rename("x", segments[j]);
                Assert.That(() => new TestJournal(copy, 2), Throws.TypeOf<JournalDamagedException>(), $"{i} {j}");
            }
        }
    }

    [Test]
    public void Recover_FrameOfALaterVersion_IsRefusedAndNamed()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts first = journal.Append(1);
        FrameFacts second = journal.Append(1);
        byte[] bytes = disk.BytesOf("000000000000.1.segment");
        Span<byte> frame = bytes.AsSpan((int)second.Position, (int)(second.End - second.Position));
        FrameHeader.TryRead(frame, TestJournal.Geometry, out FrameHeader header);
        (header with { Version = 2 }).Write(frame);

        Assert.That(
            () => new TestJournal(disk, 2),
            Throws.TypeOf<JournalDamagedException>().With.Message.Contain("version 2")
                .And.Message.Contain($"position {first.End}"));
    }

    [Test]
    public void Recover_LowerIncarnationBehindAHigherOne_IsNotPartOfTheJournal()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk, 5);
        FrameFacts first = journal.Append(1);
        FrameFacts second = journal.Append(2);
        byte[] bytes = disk.BytesOf("000000000000.1.segment");
        Span<byte> frame = bytes.AsSpan((int)second.Position, (int)(second.End - second.Position));
        FrameHeader.TryRead(frame, TestJournal.Geometry, out FrameHeader header);
        (header with { Place = header.Place with { Incarnation = 4 } }).Write(frame);

        TestJournal again = new(disk, 6);

        Assert.That(Positions(again.Replayed), Is.EqualTo(Positions([first])));
        Assert.That(again.Engine.Recovered.Incarnation, Is.EqualTo(5));
    }

    [Test]
    public void Recover_FrameOfAnotherGenerationAtItsPlace_IsNotPartOfTheJournal()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts first = journal.Append(1);
        FrameFacts second = journal.Append(2);
        byte[] bytes = disk.BytesOf("000000000000.1.segment");
        Span<byte> frame = bytes.AsSpan((int)second.Position, (int)(second.End - second.Position));
        FrameHeader.TryRead(frame, TestJournal.Geometry, out FrameHeader header);
        (header with { Place = header.Place with { Generation = 0 } }).Write(frame);

        Assert.That(Positions(new TestJournal(disk, 6).Replayed), Is.EqualTo(Positions([first])));
    }

    [Test]
    public void SealMark_AfterAFrame_IsWrittenOnce()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        journal.Append(1);
        journal.Mark();
        ulong end = journal.Engine.DurableEnd;
        journal.Mark();

        Assert.That(journal.Engine.DurableEnd, Is.EqualTo(end));
        TestJournal again = new(disk, 2);
        Assert.That(again.Replayed, Has.Count.EqualTo(2));
        Assert.That(again.Engine.Recovered.RewrittenBytes, Is.EqualTo(512));
    }

    [Test]
    public void Recover_FrameThatWasReadButMayNotBeOnTheDisk_IsWrittenAgain()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        journal.Append(1);
        journal.Builder.TryAdd(Batches.Of(2), 0, Batches.Range(1, 2, 1));
        disk.Before = (_, kind) =>
        {
            if (kind == "sync")
            {
                throw new FileFailure("fdatasync", "x", 5);
            }
        };
        Assert.That(() => journal.Append(), Throws.TypeOf<FileFailure>());
        disk.Before = static (_, _) => { };

        TestJournal again = new(disk, 2);

        Assert.That(again.Replayed, Has.Count.EqualTo(2));
        Assert.That(again.Engine.Recovered.RewrittenBytes, Is.EqualTo(512));
        Assert.That(new TestJournal(disk.AfterPowerCut(null), 3).Replayed, Has.Count.EqualTo(2));
    }

    [Test]
    public void Prepare_NewFile_IsWrittenOnceBeforeItsUse()
    {
        MemorySegments disk = new();
        List<string> done = [];
        disk.Before = (_, kind) => done.Add(kind);

        TestJournal journal = new(disk);
        done.Clear();
        journal.Engine.Prepare();

        Assert.That(done, Is.EqualTo(new[] { "create", "write", "sync", "rename", "rename", "sync directory" }));
    }

    private static ulong Fill(TestJournal journal, int frames)
    {
        ulong end = 0;
        for (int i = 0; i < frames; i++)
        {
            end = journal.Append([.. Enumerable.Range(600 + i, 10)]).End;
        }

        return end;
    }

    private static ulong[] Positions(IEnumerable<FrameFacts> frames) => [.. frames.Select(frame => frame.Position)];

    private static List<ulong> ReadAll(JournalEngine engine)
    {
        List<ulong> positions = [];
        ulong at = 0;
        while (engine.Read(at) is { } frame)
        {
            positions.Add(frame.Position);
            at = frame.End;
            frame.Release();
        }

        return positions;
    }

    /// <summary>Gives the frame back.</summary>
    private sealed class TestFrame(SealedFrame? frame) : IDisposable
    {
        public SealedFrame? Frame { get; } = frame;

        public void Dispose() => Frame?.Release();
    }
}
