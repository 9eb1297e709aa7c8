using Millrace.Common.Failpoints;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>The planted bugs do what they are planted for.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class RecoveryMutantTests
{
    [TearDown]
    public void Heal() => Mutants.Activate(Mutant.None);

    [Test]
    public void Recover_DamageCutAsTornTail_LosesWhatWasDurable()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts first = journal.Append(1);
        journal.Append(2);
        disk.BytesOf("000000000000.1.segment")[(int)first.Position + 90] ^= 1;
        Assert.That(() => new TestJournal(disk, 2), Throws.TypeOf<JournalDamagedException>());

        Mutants.Activate(Mutant.DamageBelowMarkCutAsTornTail);

        Assert.That(new TestJournal(disk, 2).Replayed, Is.Empty);
    }

    [Test]
    public void Recover_ReplayingFromOneTooFar_MissesAFrame()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts first = journal.Append(1);
        journal.Append(2);
        FrameFacts third = journal.Append(3);
        Mutants.Activate(Mutant.ReplayFromPositionPlusOne);

        TestJournal again = new(disk, 2, first.End);

        Assert.That(again.Replayed.Select(frame => frame.Position), Is.EqualTo(new[] { third.Position }));
    }

    [Test]
    public void Recover_StaleFrameAccepted_ReplaysWhatIsLongGone()
    {
        MemorySegments disk = new();
        TestJournal journal = new(disk);
        FrameFacts last = journal.Append(1);
        while (!disk.Names.Contains("000000000009.10.segment"))
        {
            journal.Engine.Trim(last.Position);
            last = journal.Append([.. Enumerable.Range(600, 10)]);
        }

        ulong start = journal.Engine.FirstPosition;
        int good = new TestJournal(disk.AfterPowerCut(null), 2, start).Replayed.Count;
        Mutants.Activate(Mutant.StaleFrameOfRecycledSegmentAccepted);

        TestJournal again = new(disk.AfterPowerCut(null), 2, start);

        Assert.That(again.Replayed, Has.Count.GreaterThan(good));
        Assert.That(again.Replayed[^1].Position, Is.LessThan(start));
    }
}
