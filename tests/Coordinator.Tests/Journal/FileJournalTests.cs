using System.Collections.Concurrent;
using Millrace.Common.Files;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>The whole journal in real files.</summary>
[TestFixture]
internal sealed class FileJournalTests
{
    private static readonly JournalGeometry _geometry = new(4096, 256 * 1024, 64 * 1024);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Reopen_AfterWritesTrimsAndMarks_HasEverythingThatIsKept()
    {
        using ScratchDirectory scratch = new();
        List<FrameFacts> written = [];
        await using (FileJournal journal = Open(scratch, 0, []))
        {
            for (int i = 0; i < 60; i++)
            {
                written.Add(Append(journal, i));
                if (i % 7 == 0)
                {
                    journal.Mark();
                    journal.Trim(written[i / 2].Position);
                }
            }
        }

        List<FrameFacts> replayed = [];
        ulong from = written[40].End;
        await using (FileJournal again = Open(scratch, from, replayed))
        {
            Assert.That(
                replayed.SelectMany(frame => frame.Blocks),
                Is.EqualTo(written[41..].SelectMany(frame => frame.Blocks)));
            Assert.That(again.DurableEnd, Is.GreaterThan(written[^1].End));
            for (int i = 45; i < 60; i++)
            {
                using Borrowed frame = new(again.Read(written[i].Position));
                Assert.That(frame.Frame.Facts.Blocks, Is.EqualTo(written[i].Blocks));
            }
        }
    }

    [Test]
    public async Task Read_FromOtherThreadsWhileSegmentsAreUsedAgain_ServesOnlyGoodFrames()
    {
        using ScratchDirectory scratch = new();
        await using FileJournal journal = Open(scratch, 0, []);
        using CancellationTokenSource stop = new();
        Task<long>[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => Follow(journal, stop.Token)))];

        for (int i = 0; i < 150; i++)
        {
            FrameFacts frame = Append(journal, i);
            if (i % 10 == 9)
            {
                journal.Trim(frame.Position);
            }
        }

        await stop.CancelAsync();
        long[] counts = await Task.WhenAll(readers);
        Assert.That(counts, Has.All.GreaterThan(0));
    }

    [Test]
    public void FileSegments_CreateBeyondTheDisk_LeavesNothing()
    {
        using ScratchDirectory scratch = new();
        using FileSegments files = new(scratch.Path);

        Assert.That(
            () => files.Create("x", long.MaxValue / 2),
            Throws.TypeOf<FileFailure>().With.Property("Operation").EqualTo("posix_fallocate"));
        Assert.That(files.List(), Is.Empty);
    }

    [Test]
    public void FileSegments_WriteRenameDelete_AreSeen()
    {
        using ScratchDirectory scratch = new();
        using FileSegments files = new(scratch.File("sub"));
        files.Create("a", 8192);
        files.Write("a", 4096, [1, 2, 3]);
        files.Sync("a");
        files.Rename("a", "b");
        files.SyncDirectory();
        byte[] read = new byte[3];

        Assert.That(files.Read("b", 4096, read), Is.EqualTo(3));
        Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(files.LengthOf("b"), Is.EqualTo(8192));
        Assert.That(files.List(), Is.EqualTo(new[] { "b" }));
        Assert.That(() => files.Sync("a"), Throws.TypeOf<FileFailure>().With.Property("IsNotFound").True);
        files.Delete("b");
        Assert.That(files.List(), Is.Empty);
        Assert.That(files.FreeBytes, Is.GreaterThan(0));
    }

    [Test]
    public void GeometryFile_MadeWithOtherSizes_KeepsThem()
    {
        using ScratchDirectory scratch = new();

        Assert.That(GeometryFile.LoadOrCreate(scratch.Path, _geometry), Is.EqualTo(_geometry));
        Assert.That(GeometryFile.LoadOrCreate(scratch.Path, JournalGeometry.Default), Is.EqualTo(_geometry));
    }

    [Test]
    public void GeometryFile_MissingBesideSegments_IsDamage()
    {
        using ScratchDirectory scratch = new();
        File.WriteAllText(scratch.File("000000000000.1.segment"), "");

        Assert.That(
            () => GeometryFile.LoadOrCreate(scratch.Path, _geometry),
            Throws.TypeOf<JournalDamagedException>());
    }

    [Test]
    public void GeometryFile_SizesThatDoNotFit_AreRefused()
    {
        using ScratchDirectory scratch = new();

        Assert.That(
            () => GeometryFile.LoadOrCreate(scratch.Path, new JournalGeometry(4096, 100_000, 64 * 1024)),
            Throws.ArgumentException);
        Assert.That(Directory.GetFiles(scratch.Path), Is.Empty);
    }

    private static FileJournal Open(ScratchDirectory scratch, ulong from, List<FrameFacts> replayed)
    {
        JournalGeometry geometry = GeometryFile.LoadOrCreate(scratch.Path, _geometry);
        JournalEngine engine = JournalEngine.Recover(
            new FileSegments(scratch.Path), geometry, JournalLimits.Default, from, replayed.Add);
        return new FileJournal(
            engine,
            engine.Recovered.Incarnation + 1,
            TimeProvider.System,
            (doing, failure) => throw new InvalidOperationException(doing, failure));
    }

    private static FrameFacts Append(FileJournal journal, int seed)
    {
        using BlockingCollection<SealedFrame> done = [];
        FrameBuilder builder = new(journal.Geometry);
        int[] entries = [.. Enumerable.Range(600 + seed, 300)];
        builder.TryAdd(Batches.Of(entries), 0, Batches.Range(1, 1, entries.Length));
        SealedFrame frame = builder.Seal(journal.NextPlace(), 1, static (_, _) => { });
        journal.Write(frame, done.Add);
        Assert.That(done.TryTake(out SealedFrame? durable, _patience), Is.True);
        Assert.That(journal.DurableEnd, Is.GreaterThanOrEqualTo(frame.End));
        durable!.Release();
        return frame.Facts;
    }

    private static long Follow(FileJournal journal, CancellationToken stop)
    {
        long frames = 0;
        ulong at = 0;
        while (frames == 0 || !stop.IsCancellationRequested)
        {
            SealedFrame? frame = journal.Read(at);
            if (frame is null)
            {
                at = 0;
                continue;
            }

            foreach (PartitionBlock block in frame.Facts.Blocks)
            {
                Assert.That(block.ByteLength, Is.GreaterThan(0));
            }

            Assert.That(frame.Position, Is.GreaterThanOrEqualTo(at));
            at = frame.End;
            frame.Release();
            frames++;
        }

        return frames;
    }

    private sealed class Borrowed(SealedFrame? frame) : IDisposable
    {
        public SealedFrame Frame { get; } = frame!;

        public void Dispose() => Frame.Release();
    }
}
