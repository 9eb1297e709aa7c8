using System.Collections.Concurrent;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

[TestFixture]
internal sealed class MemoryJournalTests
{
    [Test]
    public async Task Write_MoreThanItKeeps_ServesTheNewest()
    {
        using BlockingCollection<SealedFrame> done = [];
        await using MemoryJournal journal = new(TestJournal.Geometry, 1, keptFrames: 3);
        FrameBuilder builder = new(TestJournal.Geometry);
        List<ulong> starts = [];
        for (int i = 0; i < 10; i++)
        {
            builder.TryAdd(Batches.Of(i), 0, Batches.Range(1, 1, 1));
            starts.Add(journal.NextPosition);
            journal.Write(builder.Seal(journal.NextPlace(), 0, static (_, _) => { }), done.Add);
            done.Take().Release();
        }

        SealedFrame oldest = journal.Read(0)!;
        Assert.That(oldest.Position, Is.EqualTo(starts[7]).And.EqualTo(journal.FirstPosition));
        Assert.That(oldest.BlockBytes(oldest.Facts.Blocks[0]).ToArray(), Is.EqualTo(Batches.Bytes(7)));
        Assert.That(journal.Read(journal.DurableEnd), Is.Null);
    }
}
