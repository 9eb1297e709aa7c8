using System.Collections.Concurrent;
using Millrace.Common.Files;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>The threads around the engine, on a disk that fails.</summary>
[TestFixture]
internal sealed class FileJournalFaultTests
{
    private const int Frames = 25;
    private const int Eio = 5;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Write_InputOutputErrorAtAnyStep_EndsTheProcessAndConfirmsNothingMore()
    {
        int steps = (await RunAsync(failAt: int.MaxValue)).Steps;
        Assert.That(steps, Is.GreaterThan(2 * Frames));

        for (int failAt = 1; failAt <= steps; failAt++)
        {
            Outcome outcome = await RunAsync(failAt);

            // Two threads: which steps there are varies a little, and both may fail.
            int least = outcome.Steps >= failAt ? 1 : 0;
            Assert.That(outcome.Fatal, Is.InRange(least, 2), $"step {failAt}");
            TestJournal left = new(outcome.Disk.AfterPowerCut(null), 2);
            Assert.That(
                left.Replayed.Where(frame => frame.Blocks.Count > 0).Select(frame => frame.Position),
                Is.SupersetOf(outcome.Confirmed),
                $"step {failAt}");
        }
    }

    [Test]
    public async Task Write_FailingDisk_NeverTriesAgain()
    {
        int failures = 0;
        Outcome outcome = await RunAsync(
            (number, kind) =>
            {
                if (kind == "sync" && number > 12)
                {
                    failures++;
                    throw new FileFailure("fdatasync", "x", Eio);
                }
            });

        Assert.That(outcome.Fatal, Is.InRange(1, 2));
        Assert.That(failures, Is.EqualTo(outcome.Fatal));
    }

    [Test]
    public async Task Write_NoFailure_ConfirmsAllInOrderAndEndsWithAMark()
    {
        Outcome outcome = await RunAsync(int.MaxValue);

        Assert.That(outcome.Fatal, Is.Zero);
        Assert.That(outcome.Confirmed, Has.Count.EqualTo(Frames).And.Ordered);
        TestJournal left = new(outcome.Disk.AfterPowerCut(null), 2);
        Assert.That(left.Replayed, Has.Count.EqualTo(Frames + 1));
        Assert.That(left.Replayed[^1].Blocks, Is.Empty);
    }

    private static Task<Outcome> RunAsync(int failAt) =>
        RunAsync((number, kind) =>
        {
            if (number == failAt)
            {
                throw new FileFailure(kind, "x", Eio);
            }
        });

    private static async Task<Outcome> RunAsync(Action<int, string> before)
    {
        MemorySegments disk = new();
        JournalEngine engine = JournalEngine.Recover(
            disk, TestJournal.Geometry, TestJournal.Limits, 0, static _ => { });
        int start = disk.Operations;
        disk.Before = (number, kind) => before(number - start, kind);
        int fatal = 0;
        using BlockingCollection<SealedFrame?> done = [];
        List<ulong> confirmed = [];
        await using (FileJournal journal = new(engine, 1, TimeProvider.System, (_, _) =>
        {
            Interlocked.Increment(ref fatal);
            done.Add(null);
        }))
        {
            FrameBuilder builder = new(TestJournal.Geometry);
            for (int i = 0; i < Frames; i++)
            {
                builder.TryAdd(Batches.Of([.. Enumerable.Range(600 + i, 10)]), 0, Batches.Range(1, 1, 10));
                SealedFrame frame = builder.Seal(journal.NextPlace(), 1, static (_, _) => { });
                journal.Write(frame, done.Add);
                Assert.That(done.TryTake(out SealedFrame? next, _patience), Is.True);
                if (next is null)
                {
                    break;
                }

                confirmed.Add(next.Position);
                next.Release();
            }
        }

        return new Outcome(disk, disk.Operations - start, fatal, confirmed);
    }

    private sealed record Outcome(MemorySegments Disk, int Steps, int Fatal, List<ulong> Confirmed);
}
