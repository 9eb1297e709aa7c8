using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Checkpoints;

[NonParallelizable]
public sealed class CommitTests
{
    private TestCluster _cluster = null!;
    private ulong _epoch;
    private ulong _end;

    [SetUp]
    public void OneTaskWithTenEvents()
    {
        _cluster = Started();
        _cluster.Hello("w1");
        _cluster.Hello("w2");
        _cluster.Deploy(1);
        _epoch = _cluster.OpenProducer("p");
        _cluster.Publish("p", _epoch, 1, 10);
        _end = _cluster.Seal();
    }

    [TearDown]
    public void NoMutant() => Mutants.Activate(Mutant.None);

    private ulong More(ulong first, int count)
    {
        _cluster.Publish("p", _epoch, first, count);
        return _cluster.Seal();
    }

    private void AssertRefused(CommitAnswer answer, string reason)
    {
        Assert.That(answer.Accepted, Is.False);
        Assert.That(answer.Reason, Is.EqualTo(reason));
        Assert.That(_cluster.Task(1).Newest, Is.Null);
    }

    [Test]
    public void Commit_ThatIsRight_IsAcceptedAndBecomesTheRestorePoint()
    {
        RestorePoint point = _cluster.PointAt(1, _end);
        CommitAnswer answer = _cluster.Commit(1, point, id: 77);
        Assert.That(answer, Is.EqualTo(new CommitAnswer(77, new TaskId(1), _cluster.Task(1).Epoch, true, "")));
        Assert.That(_cluster.Task(1).Restore, Is.EqualTo(point));
    }

    [Test]
    public void Commit_OnTopOfTheNewest_KeepsWhatIsFallenBackOn()
    {
        RestorePoint[] points =
        [
            _cluster.PointAt(1, _end), _cluster.PointAt(1, More(11, 1)), _cluster.PointAt(1, More(12, 1)),
            _cluster.PointAt(1, More(13, 1)),
        ];
        Assert.That(CommitOn(points[0], 1, null), Is.Empty);
        Assert.That(CommitOn(points[1], 2, null), Is.Empty);
        Assert.That(CommitOn(points[2], 3, points[0]), Is.EqualTo("SNAPSHOT_MISSING"), "it is not the newest");
        Assert.That(CommitOn(points[2], 3, points[1]), Is.Empty);
        Assert.That(
            _cluster.Task(1).Snapshots, Is.EqualTo(new[] { points[2].SnapshotId, points[0].SnapshotId }));
        Assert.That(CommitOn(points[3], 4, null), Is.Empty);
        Assert.That(
            _cluster.Task(1).Snapshots, Is.EqualTo(new[] { points[3].SnapshotId, points[2].SnapshotId }));
    }

    private string CommitOn(RestorePoint point, ulong id, RestorePoint? since) =>
        _cluster.Do(new CommitRequested(
            "w1",
            _cluster.SessionOf("w1"),
            id,
            new TaskId(1),
            _cluster.Task(1).Epoch,
            point,
            [],
            true,
            _cluster.AuditAt(1, point.Position),
            since?.SnapshotId)).OfType<Tell>().Select(t => t.Message).OfType<CommitAnswer>().Single().Reason;

    [Test]
    public void Commit_TheThird_KeepsTheTwoNewestSnapshots()
    {
        RestorePoint[] points =
        [
            _cluster.PointAt(1, _end), _cluster.PointAt(1, More(11, 1)), _cluster.PointAt(1, More(12, 1)),
        ];
        for (int i = 0; i < points.Length; i++)
        {
            _cluster.Commit(1, points[i], id: (ulong)i);
        }

        Assert.That(_cluster.Effects.OfType<KeepSnapshots>().Last().SnapshotIds,
            Is.EqualTo(new[] { points[2].SnapshotId, points[1].SnapshotId }));
    }

    [Test]
    public void Commit_Repeated_IsAcceptedAgainAndChangesNothing()
    {
        RestorePoint point = _cluster.PointAt(1, _end);
        _cluster.Commit(1, point);
        string before = Picture(_cluster.State);
        Assert.That(_cluster.Commit(1, point).Accepted, Is.True);
        Assert.That(Picture(_cluster.State), Is.EqualTo(before));
    }

    [Test]
    public void Commit_RepeatedAfterARestartOfTheCoordinator_IsAcceptedAgain()
    {
        RestorePoint point = _cluster.PointAt(1, _end);
        _cluster.Commit(1, point);
        _cluster.Seal();
        TestCluster again = _cluster.Restart();
        again.Hello("w1", held: [new HeldTask(new TaskId(1), again.Task(1).Epoch, point.Position)]);
        Assert.That(again.Commit(1, point).Accepted, Is.True);
        Assert.That(again.Task(1).Previous, Is.Null);
    }

    [Test]
    public void Commit_RepeatedAfterALaterOne_IsAcceptedAgain()
    {
        RestorePoint first = _cluster.PointAt(1, _end);
        _cluster.Commit(1, first, id: 1);
        RestorePoint second = _cluster.PointAt(1, More(11, 1));
        _cluster.Commit(1, second, id: 2);
        Assert.That(_cluster.Commit(1, first, id: 1).Accepted, Is.True);
        Assert.That(_cluster.Task(1).Restore, Is.EqualTo(second));
    }

    [Test]
    public void Commit_AnIdUsedForAnotherPoint_IsRefused()
    {
        _cluster.Commit(1, _cluster.PointAt(1, _end));
        CommitAnswer answer = _cluster.Commit(1, _cluster.PointAt(1, More(11, 1)));
        Assert.That(answer.Reason, Is.EqualTo("REQUEST_ID_REUSED"));
    }

    [Test]
    public void Commit_OfAnOlderEpoch_IsRefused()
    {
        Epoch old = _cluster.Task(1).Epoch;
        RestorePoint point = _cluster.PointAt(1, _end);
        _cluster.Hello("w1", incarnation: 2);
        AssertRefused(_cluster.Commit(1, point, epoch: old), "STALE_EPOCH");
    }

    [Test]
    public void Commit_OfAZombieWhoseTaskMoved_IsRefusedAndTheNewOwnerIsUntouched()
    {
        Epoch old = _cluster.Task(1).Epoch;
        RestorePoint point = _cluster.PointAt(1, _end);
        _cluster.Run(5, "w2");
        AssertRefused(_cluster.Commit(1, point, worker: "w1", session: 1, epoch: old), "STALE_EPOCH");
        AssertRefused(_cluster.Commit(1, point, worker: "w1", session: 1), "STALE_EPOCH");
        Assert.That(_cluster.Commit(1, point).Accepted, Is.True);
    }

    [Test]
    public void Commit_OnAReplacedSession_IsRefusedAndAcceptedOnTheNewOne()
    {
        RestorePoint point = _cluster.PointAt(1, _end);
        _cluster.Hello("w1", held: [new HeldTask(new TaskId(1), _cluster.Task(1).Epoch, 0)]);
        AssertRefused(_cluster.Commit(1, point, session: 1), "STALE_SESSION");
        Assert.That(_cluster.Commit(1, point, session: 2).Accepted, Is.True);
    }

    [Test]
    public void Commit_BelowTheCommitted_IsRefused()
    {
        ulong later = More(11, 1);
        _cluster.Commit(1, _cluster.PointAt(1, later), id: 1);
        Assert.That(_cluster.Commit(1, _cluster.PointAt(1, _end), id: 2).Reason, Is.EqualTo("COMMIT_REGRESSED"));
        Assert.That(_cluster.Task(1).Restore.Position, Is.EqualTo(later));
    }

    [Test]
    public void Commit_WithoutASyncedSnapshot_IsRefused() =>
        AssertRefused(_cluster.Commit(1, _cluster.PointAt(1, _end), synced: false), "SNAPSHOT_MISSING");

    [TestCase("")]
    [TestCase("t2-e1-p{0}-0000000000000000")]
    [TestCase("t1-e1-p1-0000000000000000")]
    [TestCase("t1-e999-p{0}-0000000000000000")]
    public void Commit_NamingASnapshotOfSomethingElse_IsRefused(string name) =>
        AssertRefused(
            _cluster.Commit(1, _cluster.PointAt(1, _end) with { SnapshotId = name.Replace("{0}", $"{_end}") }),
            "SNAPSHOT_MISSING");

    [Test]
    public void Commit_OfOutputsThatAreNotStored_IsRefused()
    {
        RestorePoint point = _cluster.PointAt(1, _end);
        List<Effect> effects = _cluster.Do(new CommitRequested(
            "w1", 1, 1, new TaskId(1), _cluster.Task(1).Epoch, point, [new TopicSequence(new TopicId(1), 3)], true,
            _cluster.AuditAt(1, _end)));
        AssertRefused(Told<CommitAnswer>(effects, "w1").Single(), "OUTPUTS_MISSING");
    }

    [Test]
    public void Commit_OfOutputsThatAreStored_IsAccepted()
    {
        ulong epoch = _cluster.OpenProducer("task-1");
        _cluster.Publish("task-1", epoch, 1, 3);
        RestorePoint point = _cluster.PointAt(1, _cluster.Seal());
        List<Effect> effects = _cluster.Do(new CommitRequested(
            "w1", 1, 1, new TaskId(1), _cluster.Task(1).Epoch, point, [new TopicSequence(new TopicId(1), 3)], true,
            _cluster.AuditAt(1, point.Position)));
        Assert.That(Told<CommitAnswer>(effects, "w1").Single().Accepted, Is.True);
    }

    [TestCase(1UL, 0UL)]
    [TestCase(0UL, 1UL)]
    public void Commit_WithAnotherCountOrSum_StartsTheTaskOverElsewhere(ulong offset, ulong sum)
    {
        _cluster.Commit(1, _cluster.PointAt(1, _end), id: 1);
        RestorePoint good = _cluster.Task(1).Restore;
        RestorePoint point = _cluster.PointAt(1, More(11, 1));
        int from = _cluster.Effects.Count;
        CommitAnswer answer = _cluster.Commit(
            1, point with { NextOffset = point.NextOffset + offset, HashSum = point.HashSum + sum }, id: 2);
        List<Effect> effects = _cluster.Effects[from..];
        Assert.Multiple(() =>
        {
            Assert.That(answer.Reason, Is.EqualTo("AUDIT_MISMATCH"));
            Assert.That(_cluster.Owners(), Is.EqualTo("w2: 1"));
            Assert.That(Told<Fenced>(effects, "w1").Single().Epoch, Is.EqualTo(answer.Epoch));
            Assert.That(Told<Assign>(effects, "w2").Single().Restore, Is.EqualTo(good));
            Assert.That(Records<EventRaised>(effects).First(),
                Has.Property("Level").EqualTo(EventLevel.Crit).And.Property("Reason").EqualTo("COMMIT_MISMATCH"));
        });
    }

    [Test]
    public void Commit_WithAMismatchAndNobodyElse_StartsOverOnTheSameWorkerUnderANewEpoch()
    {
        _cluster.Do(new WorkerGoodbye("w2", 1, "x"));
        RestorePoint point = _cluster.PointAt(1, _end);
        CommitAnswer answer = _cluster.Commit(1, point with { HashSum = 1 });
        Assert.That(answer.Accepted, Is.False);
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1"));
        Assert.That(_cluster.Task(1).Epoch, Is.GreaterThan(answer.Epoch));
    }

    [Test]
    public void Commit_WhereNoFrameEnds_IsAMismatchUnlessItIsTheCommittedPoint()
    {
        RestorePoint point = _cluster.PointAt(1, _end);
        _cluster.Commit(1, point, id: 1);
        CommitRequested again = new(
            "w1", 1, 2, new TaskId(1), _cluster.Task(1).Epoch, point, [], true, Audit: null);
        Assert.That(Told<CommitAnswer>(_cluster.Do(again), "w1").Single().Accepted, Is.True);

        string name = new SnapshotName(new TaskId(1), _cluster.Task(1).Epoch, _end + 1, 0).ToString();
        CommitRequested beyond = again with
        {
            CommitId = 3,
            Point = point with { Position = _end + 1, SnapshotId = name },
        };
        Assert.That(Told<CommitAnswer>(_cluster.Do(beyond), "w1").Single().Reason, Is.EqualTo("AUDIT_MISMATCH"));
    }

    [Test]
    public void Commit_OfATaskThatDoesNotExist_IsRefused()
    {
        List<Effect> effects = _cluster.Do(new CommitRequested(
            "w1", 1, 1, new TaskId(99), new Epoch(1), RestorePoint.Beginning, [], true, null));
        Assert.That(Told<CommitAnswer>(effects, "w1").Single().Reason, Is.EqualTo("STALE_EPOCH"));
    }

    [TestCase(Mutant.EqualOrOlderEpochAccepted)]
    [TestCase(Mutant.CommitBeforeSnapshotSynced)]
    [TestCase(Mutant.CommitBeforeOutputs)]
    public void PlantedBug_WhenOn_AcceptsWhatMustBeRefused(Mutant mutant)
    {
        Epoch old = _cluster.Task(1).Epoch;
        RestorePoint point = _cluster.PointAt(1, _end);
        TopicSequence[] outputs = mutant == Mutant.CommitBeforeOutputs ? [new(new TopicId(1), 3)] : [];
        if (mutant == Mutant.EqualOrOlderEpochAccepted)
        {
            _cluster.Hello("w1", incarnation: 2);
        }

        Mutants.Activate(mutant);
        List<Effect> effects = _cluster.Do(new CommitRequested(
            "w1", 1, 1, new TaskId(1), old, point, outputs,
            mutant != Mutant.CommitBeforeSnapshotSynced, _cluster.AuditAt(1, _end)));
        Assert.That(Told<CommitAnswer>(effects, "w1").Single().Accepted, Is.True);
    }
}
