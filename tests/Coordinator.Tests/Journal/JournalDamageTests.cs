using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>A small journal, damaged at every byte in turn.</summary>
[TestFixture]
internal sealed class JournalDamageTests
{
    private static readonly int[][] _content = [[1, 2, 3], [.. Enumerable.Range(600, 12)], [], [5], [700, 701]];

    [Test]
    public void Row47_RecoverAfterAnyByteFlipped_RefusesOrKeepsAllThatIsProvenDurable([Values] bool marked)
    {
        MemorySegments disk = Written(marked, out List<FrameFacts> frames);
        ulong end = frames[^1].End;
        int unproven = frames.Count - 1;
        for (ulong at = 0; at < end + 1024; at++)
        {
            MemorySegments damaged = disk.AfterPowerCut(null);
            damaged.BytesOf("000000000000.1.segment")[at] ^= (byte)(1 << (int)(at % 8));
            if (at < frames[unproven].Position)
            {
                Assert.That(
                    () => new TestJournal(damaged, 2),
                    Throws.TypeOf<JournalDamagedException>().With.Message.Contain("000000000000.1.segment, byte"),
                    $"byte {at}");
            }
            else
            {
                CheckUsable(damaged, at < end ? frames[..unproven] : frames, $"byte {at}");
            }
        }
    }

    [Test]
    public void Recover_CutOffAtAnyByte_KeepsTheWholeFramesBefore()
    {
        MemorySegments disk = Written(marked: false, out List<FrameFacts> frames);
        byte[] whole = [.. disk.BytesOf("000000000000.1.segment")];
        for (int at = 0; at < (int)frames[^1].End; at++)
        {
            MemorySegments cut = disk.AfterPowerCut(null);
            cut.BytesOf("000000000000.1.segment").AsSpan(at).Clear();
            int keep = frames.TakeWhile(f => !whole.AsSpan(at, Math.Max(0, (int)f.End - at)).ContainsAnyExcept((byte)0))
                .Count();

            CheckUsable(cut, frames[..keep], $"byte {at}");
        }
    }

    [Test]
    public void Recover_SnapshotProvesThatDamagedFrameWasDurable_IsRefused()
    {
        MemorySegments disk = Written(marked: false, out List<FrameFacts> frames);
        disk.BytesOf("000000000000.1.segment")[(int)frames[^1].Position + 100] ^= 1;

        Assert.That(
            () => new TestJournal(disk, 2, frames[^1].End),
            Throws.TypeOf<JournalDamagedException>().With.Message.Contain("control snapshot proves"));
    }

    [Test]
    public void Row45_RecoverATornTail_IsReportedZeroedAndSynced()
    {
        MemorySegments disk = Written(marked: false, out List<FrameFacts> frames);
        FrameFacts last = frames[^1];
        byte[] bytes = disk.BytesOf("000000000000.1.segment");
        bytes[(int)last.Position + 90] ^= 1;

        TestJournal journal = new(disk, 2);

        Assert.That(journal.Engine.Recovered.Torn, Is.True);
        Assert.That(journal.Engine.Recovered.CutFrom, Does.EndWith($"000000000000.1.segment, byte {last.Position}"));
        Assert.That(journal.Engine.Recovered.CutBytes, Is.GreaterThan(50));
        MemorySegments left = disk.AfterPowerCut(null);
        Assert.That(
            left.BytesOf("000000000000.1.segment").AsSpan((int)last.Position).ContainsAnyExcept((byte)0), Is.False);
    }

    [Test]
    public void Row46_AnyByteFlippedAfterTheStart_IsNeverServed()
    {
        MemorySegments disk = Written(marked: true, out List<FrameFacts> frames);
        JournalEngine engine = new TestJournal(disk, 2).Engine;
        byte[] bytes = disk.BytesOf("000000000000.1.segment");
        foreach (FrameFacts frame in frames)
        {
            for (ulong at = frame.Position; at < frame.End; at++)
            {
                bytes[at] ^= 0x10;
                Assert.That(() => engine.Read(frame.Position), Throws.TypeOf<JournalDamagedException>(), $"byte {at}");
                bytes[at] ^= 0x10;
            }

            engine.Read(frame.Position)!.Release();
        }
    }

    private static MemorySegments Written(bool marked, out List<FrameFacts> frames)
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        foreach (int[] entries in _content)
        {
            journal.Append(entries);
        }

        if (marked)
        {
            journal.Mark();
        }

        frames = new TestJournal(disk.AfterPowerCut(null), 2).Replayed;
        Assert.That(frames, Has.Count.EqualTo(_content.Length + (marked ? 1 : 0)));
        return disk;
    }

    /// <summary>Exactly these frames are there, and go on being there when the journal is written to.</summary>
    private static void CheckUsable(MemorySegments disk, List<FrameFacts> expected, string where)
    {
        TestJournal journal = new(disk, 2);
        Check(journal.Replayed, expected, where);
        FrameFacts added = journal.Append(9);
        Check(new TestJournal(disk.AfterPowerCut(null), 3).Replayed, [.. expected, added], where);
    }

    private static void Check(List<FrameFacts> found, List<FrameFacts> expected, string where)
    {
        Assert.That(found.Select(f => f.Position), Is.EqualTo(expected.Select(f => f.Position)), where);
        Assert.That(
            found.SelectMany(f => f.Blocks), Is.EqualTo(expected.SelectMany(f => f.Blocks)), where);
    }
}
