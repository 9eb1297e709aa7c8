using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Recovery;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Topics.Partitioning;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Retention;

/// <summary>Sealed partitions go when nobody needs them any more, and never before.</summary>
public sealed class SealedPartitionsTests
{
    private const long Hour = 3_600_000;

    private TestCluster _cluster = null!;
    private ulong _epoch;
    private ulong _next = 1;
    private ulong _commit;

    [SetUp]
    public void SetUp()
    {
        _cluster = Started();
        _cluster.Ask(c => new CreateTopic(c, "clicks", 2, 64, Hour, null, false));
        _epoch = _cluster.OpenProducer("p");
        _next = 1;
        Frame();
    }

    [Test]
    public void Reclaim_PastTheSeal_ForgetsThePartitionAndKeepsItsNumbersAndCounts()
    {
        Split(0);
        ulong events = _cluster.View.EventCount;
        Frames(12);
        string view = Indices();
        Reclaim();
        Assert.Multiple(() =>
        {
            Assert.That(view, Is.EqualTo("0 1 2 3"));
            Assert.That(Indices(), Is.EqualTo("1 2 3"));
            Assert.That(_cluster.View.EventCount, Is.EqualTo(events + 48));
            Assert.That(_cluster.View.Topics.Single().EventCount, Is.EqualTo(events + 48));
            Assert.That(Picture(_cluster.Replayed()), Is.EqualTo(Picture(_cluster.State)));
            Assert.That(Picture(Copy(_cluster.State)), Is.EqualTo(Picture(_cluster.State)));
        });
        Refused(Ask(0), "PARTITION_FORGOTTEN");
        Split(2);
        Assert.That(Indices(), Is.EqualTo("1 2 3 4 5"));
        Assert.That(_cluster.State.Topics.LastPartition, Is.EqualTo(6));
    }

    [Test]
    public void Reclaim_BeforeTheRetentionIsOver_ForgetsNothing()
    {
        Split(0);
        Frames(3);
        Reclaim();
        Assert.That(Indices(), Is.EqualTo("0 1 2 3"));
    }

    [Test]
    public void Reclaim_WhileAJobHasYetToComeToTheSeal_ForgetsNothing()
    {
        _cluster.Hello("w1");
        _cluster.Ask(c => new DeployJob(c, "count", "count", "clicks", null, false));
        Split(0);
        Frames(12);
        Reclaim();
        Assert.That(Indices(), Is.EqualTo("0 1 2 3"));

        CommitLast(_cluster.Task(1));
        Reclaim();
        Assert.That(Indices(), Is.EqualTo("0 1 2 3"), "its snapshot is what the new tasks begin with");
    }

    [Test]
    public void Reclaim_WhileADeadLetterIsOfThePartition_KeepsItUntilThatIsClosed()
    {
        _cluster.Hello("w1");
        _cluster.Ask(c => new DeployJob(c, "count", "count", "clicks", null, false));
        _cluster.Ask(c => new SetBadEventRule(
            c, "count", new BadEventRule(BadEventPolicy.Quarantine, false), null, false));
        Frame();
        AssignedTask task = _cluster.Task(1);
        _cluster.Do(new PoisonReported(
            "w1", _cluster.SessionOf("w1"), task.Id, task.Epoch, 0, "it is bad", false, [1], [0x7A, 0]));
        Split(0);
        Assert.That(_cluster.State.DeadLetters.All, Is.Not.Empty);
        Frames(12);
        CommitLast(task);
        foreach (AssignedTask born in _cluster.State.Assignments.All.Where(t => t.Index > 1).ToArray())
        {
            _cluster.Commit(born.Id.Value, _cluster.BirthOf(born.Id.Value), ++_commit);
        }

        CommitAll();
        Reclaim();
        Assert.That(Indices(), Is.EqualTo("0 1 2 3"), "the letter says where its event was");
        _cluster.Ask(c => new CloseDeadLetter(
            c, _cluster.State.DeadLetters.LastLetter, DeadLetterEnd.Discarded, null));
        Reclaim();
        Assert.That(Indices(), Is.EqualTo("1 2 3"));
    }

    [Test]
    public void PlaceKeys_AfterPartitionsWereForgotten_GoToThoseThatThereAre()
    {
        var spec = new PartitioningSpec(
            PartitioningKind.Key, Directory: new DirectorySpec(100, [new([1], 0), new([2], 0), new([3], 1)]));
        _cluster.Ask(c => new CreateTopic(c, "keys", 2, 0, Hour, null, false, spec));
        _cluster.Seal();
        Assert.That(
            _cluster.Ask(c => new SplitPartition(c, "keys", 0, 0, new MapChange(null, null, false))),
            Is.TypeOf<ReplacedPartitions>());
        Frames(12);
        Reclaim();
        Topic topic = _cluster.State.Topics.Find("keys")!;
        Assert.That(topic.Partitions.Select(p => p.Index), Is.EqualTo(new[] { 1, 2, 3 }));
        byte[][] keys = [.. Enumerable.Range(1, 20).Select(i => new[] { (byte)i })];
        Assert.That(_cluster.PlaceKeys(topic.Id.Value, keys), Is.All.InRange(1, 3));
    }

    [Test]
    public void Snapshot_OfAProgramThatForgotNoPartition_HasThemByTheirPlaces()
    {
        Split(0);
        ControlSnapshot snapshot = _cluster.State.ToSnapshot(_cluster.Open);
        var old = CoordinatorState.FromSnapshot(snapshot with
        {
            Topics = snapshot.Topics with
            {
                Topics =
                [
                    .. snapshot.Topics.Topics.Select(t => t with
                    {
                        Shapes = [.. t.Shapes!.Select(s => s with { Index = null })],
                    }),
                ],
            },
        });
        Assert.That(Picture(old), Is.EqualTo(Picture(_cluster.State)));
    }

    [Test]
    public void Deploy_AfterPartitionsWereForgotten_BeginsWithThoseThatTookOver()
    {
        Split(0);
        Frames(12);
        Reclaim();
        _cluster.Ask(c => new DeployJob(c, "late", "count", "clicks", null, false));
        Assert.That(
            _cluster.State.Assignments.All.Select(t => t.Index), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void Reclaim_AfterSplitsWithoutEnd_LeavesATableOfBoundedSize()
    {
        for (int i = 0; i < 20; i++)
        {
            Split(_cluster.State.Topics.Find("clicks")!.Open.MaxBy(p => p.KeyGroups.Count)!.Index);
            Frames(12);
            Topic topic = _cluster.State.Topics.Find("clicks")!;
            int[] open = [.. topic.Open.OrderBy(p => p.KeyGroups.First).Take(2).Select(p => p.Index)];
            Assert.That(
                _cluster.Ask(c => new MergePartitions(c, "clicks", open[0], open[1], new MapChange(null, null, false))),
                Is.TypeOf<ReplacedPartitions>());
            Frames(12);
            Reclaim();
            Assert.That(_cluster.State.Topics.Find("clicks")!.Partitions, Has.Length.LessThanOrEqualTo(5));
            Assert.That(_cluster.State.Partitions.Count, Is.LessThanOrEqualTo(5));
        }

        Assert.That(Picture(_cluster.Replayed()), Is.EqualTo(Picture(_cluster.State)));
    }

    private static void Refused(object answer, string reason) =>
        Assert.That((answer as Refusal)?.Reason, Is.EqualTo(reason), $"{answer}");

    private void Frames(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Frame();
        }
    }

    /// <summary>One frame with events, and ten minutes.</summary>
    private void Frame()
    {
        _cluster.Publish("p", _epoch, _next, 4);
        _next += 4;
        _cluster.Seal();
        _cluster.Pass(TimeSpan.FromMinutes(10));
    }

    private void Reclaim()
    {
        _cluster.Do(new ReclaimJournal(_cluster.Open));
        _cluster.Seal();
    }

    private object Ask(int index) =>
        _cluster.Ask(c => new SplitPartition(c, "clicks", index, 0, new MapChange(null, null, false)));

    private void Split(int index)
    {
        Assert.That(Ask(index), Is.TypeOf<ReplacedPartitions>());
        _cluster.Seal();
        _cluster.Do(new Tick());
    }

    /// <summary>Twice, so that the commit before lies there, too.</summary>
    private void CommitAll()
    {
        for (int i = 0; i < 2; i++)
        {
            Frame();
            Array.ForEach([.. _cluster.State.Assignments.All], CommitLast);
        }
    }

    private void CommitLast(AssignedTask task)
    {
        if (task.Worker.Length == 0)
        {
            _cluster.Hello("w1", incarnation: _cluster.SessionOf("w1") + 1);
        }

        ulong last = _cluster.Frames.Last(f => f.Blocks.Any(b => b.Partition == task.Partition)).End;
        CommitAnswer answer = _cluster.Commit(task.Id.Value, _cluster.PointAt(task.Id.Value, last), ++_commit);
        Assert.That(answer.Accepted, $"{task.Id}: {answer.Reason}");
    }

    private string Indices() =>
        string.Join(' ', _cluster.View.Topics.Single().Partitions.Select(p => p.Index));
}
