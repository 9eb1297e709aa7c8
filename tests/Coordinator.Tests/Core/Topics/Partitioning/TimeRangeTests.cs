using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core.Views;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics.Partitioning;

public sealed class TimeRangeTests
{
    private const long Hour = 3_600_000;

    /// <summary>The twin walks over the ranges that are open and looks which one the time is in.</summary>
    [Test]
    public void GroupOf_AnyTime_AgreesWithAWalkOverTheOpenRanges() =>
        Prop.ForAll(Any.ToArbitrary(), at =>
        {
            TimeRangePartitioner ranges = At(at.Spec, at.Now);
            long time = at.Now + at.Offset;
            long[] open = [.. Enumerable.Range(0, at.Spec.Live + at.Spec.Ahead).Select(i => ranges.FirstLive + i)];
            int group = ranges.GroupOf([], time);
            long[] holding = [.. open.Where(r => ranges.StartOf(r) <= time && time < ranges.StartOf(r + 1))];
            bool late = time < ranges.StartOf(open[0]);
            return holding switch
            {
                [] => group == (late ? TimeRangePartitioner.Late : TimeRangePartitioner.Early),
                [var one] => ranges.RangeIn(group) == one,
                _ => false,
            };
        }).QuickCheckThrowOnFailure();

    /// <summary>Open and kept ranges have a partition each, the coordinator's own time is in the last live one, and one
    /// range later all but one partition hold what they held.</summary>
    [Test]
    public void RangeIn_AnyTime_GivesEachRangeItsOwnSlotAndKeepsItThere() =>
        Prop.ForAll(Any.ToArbitrary(), at =>
        {
            TimeRangePartitioner now = At(at.Spec, at.Now);
            TimeRangePartitioner next = At(at.Spec, at.Now + at.Spec.RangeMs);
            int count = TimeRangePartitioner.PartitionsOf(at.Spec);
            long?[] held = [.. Enumerable.Range(0, count).Select(now.RangeIn)];
            long?[] later = [.. Enumerable.Range(0, count).Select(next.RangeIn)];
            long current = now.FirstLive + at.Spec.Live - 1;
            return held[..2].All(r => r is null)
                && held[2..].Select(r => r!.Value).Order()
                    .SequenceEqual(Enumerable.Range(0, count - 2).Select(i => now.FirstLive - at.Spec.Kept + i))
                && now.StartOf(current) <= at.Now && at.Now < now.StartOf(current + 1)
                && held.Zip(later).Count(h => h.First != h.Second) == 1;
        }).QuickCheckThrowOnFailure();

    [Test]
    public void GroupOf_AnyEventTimeAtAll_HasAPartition() =>
        Prop.ForAll<long>(time =>
        {
            TimeRangePartitioner ranges = At(new TimeRangeSpec(Hour, 0, 2, 1, 1), Epoch2025);
            return new[] { time, long.MinValue, long.MaxValue, 0 }.All(t =>
                ranges.GroupOf([], t) is >= 0 and < 6);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Tick_InTheNextRange_AdvancesAtTheFramesEndAndOnlyThen()
    {
        TestCluster cluster = WithTopic();
        TimeRangePartitioner before = RangesOf(cluster);
        cluster.Pass(TimeSpan.FromHours(1));
        cluster.Do(new Tick());
        cluster.Do(new Tick());
        Assert.That(Records<RangesAdvanced>(cluster.Effects).Count(), Is.EqualTo(1));
        Assert.That(RangesOf(cluster), Is.SameAs(before));
        cluster.Seal();
        List<Effect> next = cluster.Do(new Tick());
        Assert.Multiple(() =>
        {
            Assert.That(RangesOf(cluster).FirstLive, Is.EqualTo(before.FirstLive + 1));
            Assert.That(next.OfType<PublishRouting>().Count(), Is.EqualTo(1));
            Assert.That(Records<RangesAdvanced>(next), Is.Empty);
            Assert.That(Picture(cluster.Replayed()), Is.EqualTo(Picture(cluster.State)));
            Assert.That(Picture(Copy(cluster.State)), Is.EqualTo(Picture(cluster.State)));
            Assert.That(RangesOf(cluster.Restart()).FirstLive, Is.EqualTo(before.FirstLive + 1));
        });
    }

    [Test]
    public void Tick_WithAClockThatFalls_NeverGoesBack()
    {
        TestCluster cluster = WithTopic();
        cluster.UnixMs -= 10 * Hour;
        Assert.That(Records<RangesAdvanced>(cluster.Do(new Tick())), Is.Empty);
    }

    /// <summary>Two live, one kept: after a range has passed twice out of the live ones, its partition begins
    /// anew.</summary>
    [Test]
    public void Tick_WhenARangeIsNoLongerKept_ItsPartitionBeginsAnew()
    {
        TestCluster cluster = WithTopic();
        ulong epoch = cluster.OpenProducer("p");
        cluster.Publish("p", epoch, 1, 5, "t");
        cluster.Seal();
        PartitionView[] full = [.. cluster.View.Topics.Single().Partitions];
        Assert.That(full.Select(p => (p.FirstOffset, p.NextOffset)), Has.All.EqualTo((0UL, 1UL)));
        for (int hours = 1; hours <= 3; hours++)
        {
            cluster.Pass(TimeSpan.FromHours(1));
            cluster.Do(new Tick());
            cluster.Seal();
            Assert.That(
                cluster.View.Topics.Single().Partitions.Select(p => p.FirstOffset).Order(),
                Is.EqualTo(Enumerable.Repeat(0UL, 5 - hours).Concat(Enumerable.Repeat(1UL, hours))));
        }

        Assert.That(cluster.View.Topics.Single().Partitions.Take(2).Select(p => p.FirstOffset), Has.All.Zero);
        Assert.That(Picture(cluster.Replayed()), Is.EqualTo(Picture(cluster.State)));
    }

    [Test]
    public void Tick_AfterALongStop_JumpsToNow()
    {
        TestCluster cluster = WithTopic();
        cluster.Seal();
        long before = RangesOf(cluster).FirstLive;
        cluster.Pass(TimeSpan.FromDays(40));
        TestCluster next = cluster.Restart();
        next.Do(new Tick());
        next.Seal();
        Assert.That(RangesOf(next).FirstLive, Is.EqualTo(before + (40 * 24)));
    }

    [TestCase(999, 0, 1, 0, 0, 0, "topic.partitioning.range_by_time.range")]
    [TestCase(-1, 0, 1, 0, 0, 0, "topic.partitioning.range_by_time.range")]
    [TestCase(Hour, -1, 1, 0, 0, 0, "topic.partitioning.range_by_time.origin")]
    [TestCase(Hour, 0, 0, 0, 0, 0, "topic.partitioning.range_by_time.live")]
    [TestCase(Hour, 0, 1, 1_001, 0, 0, "topic.partitioning.range_by_time.live")]
    [TestCase(Hour, 0, 1_000, 1_000, 0, 0, "topic.partition_count")]
    [TestCase(Hour, 0, 2, 1, 1, 5, "topic.partition_count")]
    public void Create_WithAnImpossibleRangeSet_NamesTheField(
        long range, long origin, int live, int ahead, int kept, int partitions, string field)
    {
        TestCluster cluster = Started();
        string before = Picture(cluster.State);
        var refusal = (Refusal)cluster.Ask(
            c => Create(c, new TimeRangeSpec(range, origin, live, ahead, kept), partitions));
        Assert.That(refusal.Metadata["field"], Is.EqualTo(field));
        Assert.That(Picture(cluster.State), Is.EqualTo(before));
    }

    private static Gen<(TimeRangeSpec Spec, long Now, long Offset)> Any =>
        from range in Gen.Elements(1_000L, 60_000L, 900_001L, Hour, 24 * Hour, 7 * 24 * Hour)
        from origin in Gen.Elements(0L, 345_600_000L, 12_345L)
        from live in Gen.Choose(1, 5)
        from ahead in Gen.Choose(0, 3)
        from kept in Gen.Choose(0, 4)
        from minutes in Gen.Choose(0, 1_000_000)
        from percent in Gen.Choose(-800, 800)
        select (
            new TimeRangeSpec(range, origin, live, ahead, kept),
            Epoch2025 + (minutes * 60_000L),
            range * percent / 100);

    private static TimeRangePartitioner At(TimeRangeSpec spec, long now) => new(
        new PartitioningSpec(PartitioningKind.RangeByTime, Time: spec),
        TimeRangePartitioner.FirstLiveAt(spec, now));

    private static TimeRangePartitioner RangesOf(TestCluster cluster) =>
        (TimeRangePartitioner)cluster.State.Topics.Routing.Topics["t"].Partitioner;

    private static TestCluster WithTopic()
    {
        TestCluster cluster = Started();
        Assert.That(
            cluster.Ask(c => Create(c, new TimeRangeSpec(Hour, 0, 2, 0, 1))), Is.TypeOf<CreatedTopic>());
        cluster.Seal();
        return cluster;
    }

    private static CreateTopic Create(long call, TimeRangeSpec spec, int partitions = 0) => new(
        call, "t", partitions, 0, 0, null, false, new PartitioningSpec(PartitioningKind.RangeByTime, Time: spec));
}
