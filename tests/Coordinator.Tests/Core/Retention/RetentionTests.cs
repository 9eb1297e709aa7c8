using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Retention;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Retention;

public sealed class RetentionTests
{
    private const long Hour = 3_600_000;
    private TestCluster _cluster = null!;
    private ulong _epoch;
    private ulong _next = 1;

    [SetUp]
    public void ATopicThatKeepsAnHour()
    {
        _cluster = Started();
        _cluster.Ask(c => new CreateTopic(c, "clicks", 2, 2, Hour, null, false));
        _epoch = _cluster.OpenProducer("p");
        _next = 1;
    }

    /// <summary>One frame with events, and ten minutes.</summary>
    private ulong Frame(int count = 4)
    {
        _cluster.Publish("p", _epoch, _next, count);
        _next += (ulong)count;
        ulong end = _cluster.Seal();
        _cluster.Pass(TimeSpan.FromMinutes(10));
        return end;
    }

    private RetentionFloor Floor() => _cluster.Machine.OldestNeeded(_cluster.Now, _cluster.Open);

    private string FirstOffsets() =>
        string.Join(' ', _cluster.View.Topics.Single().Partitions.Select(p => $"{p.FirstOffset}-{p.NextOffset}"));

    [Test]
    public void Floor_WithoutAnything_IsTheDurableEnd()
    {
        TestCluster cluster = Started();
        Assert.That(cluster.Machine.OldestNeededPosition(cluster.Now, 123), Is.EqualTo(123));
    }

    [Test]
    public void Floor_OfATopic_IsWhereItsRetentionBegins()
    {
        ulong[] ends = [.. Enumerable.Range(0, 12).Select(_ => Frame())];
        Assert.That(Floor().Position, Is.EqualTo(ends[6]), "written exactly an hour ago");
        Assert.That(Floor().PinnedBy, Does.Contain("topic clicks"));
    }

    [Test]
    public void Reclaim_PastTheRetention_TrimsAndMovesFirstOffsets()
    {
        for (int i = 0; i < 12; i++)
        {
            Frame();
        }

        ulong floor = Floor().Position;
        List<Effect> effects = _cluster.Do(new ReclaimJournal(_cluster.Open));
        Assert.Multiple(() =>
        {
            Assert.That(Records<JournalTrimmed>(effects).Single().Position, Is.EqualTo(floor));
            Assert.That(effects[^1], Is.EqualTo(new TrimJournal(floor)));
            Assert.That(FirstOffsets(), Is.EqualTo("14-24 14-24"));
            Assert.That(_cluster.Do(new ReclaimJournal(_cluster.Open)), Is.Empty, "nothing more to give up");
        });
        _cluster.Seal();
        Assert.That(Picture(_cluster.Replayed()), Is.EqualTo(Picture(_cluster.State)));
        Assert.That(_cluster.Restart().Effects, Does.Contain(new TrimJournal(floor)));
    }

    [Test]
    public void Reclaim_BelowALimit_StaysBelowIt()
    {
        ulong[] ends = [.. Enumerable.Range(0, 12).Select(_ => Frame())];
        List<Effect> effects = _cluster.Do(new ReclaimJournal(ends[3] + 1));
        Assert.That(effects[^1], Is.EqualTo(new TrimJournal(ends[3])));
    }

    [Test]
    public void Job_DeployedAfterATrim_StartsAtTheOldestKeptEventAndCommitsFromThere()
    {
        ulong[] ends = [.. Enumerable.Range(0, 12).Select(_ => Frame())];
        _cluster.Do(new ReclaimJournal(_cluster.Open));
        _cluster.Hello("w1");
        List<Effect> effects = _cluster.Do(new DeployJob(1, "counts", "count", "clicks", null, false));
        RestorePoint start = Told<Assign>(effects, "w1").First().Restore;
        Assert.Multiple(() =>
        {
            Assert.That(start.Position, Is.EqualTo(ends[6]));
            Assert.That(start.NextOffset, Is.EqualTo(14));
            Assert.That(start.HashSum, Is.EqualTo(_cluster.Frames.First(f => f.End == ends[6]).Blocks[0].HashSumAfter));
            Assert.That(_cluster.Commit(1, _cluster.PointAt(1, ends[11])).Accepted, Is.True);
        });
    }

    [Test]
    public void Floor_OfATask_IsItsOlderCommitAndNamesIt()
    {
        _cluster.Hello("w1");
        _cluster.Do(new DeployJob(1, "counts", "count", "clicks", null, false));
        ulong[] ends = [.. Enumerable.Range(0, 30).Select(_ => Frame())];
        Assert.That(Floor(), Is.EqualTo(
            new RetentionFloor(0, "task 1 (job counts, partition 0, owned by worker w1)")));
        foreach (ulong task in new ulong[] { 1, 2 })
        {
            _cluster.Hello("w1");
            _cluster.Commit(task, _cluster.PointAt(task, ends[4]), id: 1);
            _cluster.Commit(task, _cluster.PointAt(task, ends[8]), id: 2);
        }

        Assert.That(Floor().Position, Is.EqualTo(ends[4]));
    }

    [Test]
    public void Floor_OfATaskThatHasReadAll_IsTheDurableEnd()
    {
        _cluster.Hello("w1");
        _cluster.Do(new DeployJob(1, "counts", "count", "clicks", null, false));
        ulong end = Frame();
        _cluster.Commit(1, _cluster.PointAt(1, end), id: 1);
        _cluster.Commit(2, _cluster.PointAt(2, end), id: 1);
        _cluster.Seal();
        _cluster.Pass(TimeSpan.FromHours(2));
        _cluster.Do(new ReclaimJournal(_cluster.Open));
        Assert.That(FirstOffsets(), Is.EqualTo("2-2 2-2"));
        Assert.That(Floor(), Is.EqualTo(RetentionFloor.Nobody(_cluster.Open)));
    }

    [Test]
    public void Marks_OfYears_StayBoundedAndKnowTheOffsets()
    {
        for (int i = 0; i < 5_000; i++)
        {
            Frame(2);
        }

        Assert.That(_cluster.State.Marks.Count, Is.LessThanOrEqualTo(TimeMarks.MaxMarks));
        _cluster.Do(new ReclaimJournal(_cluster.Open));
        PartitionId first = new(1);
        ulong trimmed = _cluster.State.Marks.Trimmed;
        ulong expected = _cluster.Frames.Where(f => f.End <= trimmed).SelectMany(f => f.Blocks)
            .Where(b => b.Partition == first).Max(b => b.EndOffset);
        Assert.That(_cluster.State.Partitions.Get(first).FirstOffset, Is.EqualTo(expected).And.GreaterThan(4_000));
    }

    [Test]
    public void Reclaim_AnIdleJournal_WritesNothingForTheSakeOfTrimming()
    {
        Frame();
        for (int i = 0; i < 100; i++)
        {
            _cluster.Pass(TimeSpan.FromMinutes(10));
            _cluster.Do(new ReclaimJournal(_cluster.Open));
            _cluster.Seal();
        }

        Assert.That(_cluster.Effects.OfType<TrimJournal>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void WallClock_GoingBack_GivesUpNothingEarly()
    {
        Frame();
        _cluster.UnixMs -= 5 * Hour;
        Frame();
        Assert.That(_cluster.Do(new ReclaimJournal(_cluster.Open)), Is.Empty);
    }
}
