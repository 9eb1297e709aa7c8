using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Topics;
using Millrace.Coordinator.Core.Views;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Topics;

public sealed class SplitTests
{
    private TestCluster _cluster = null!;
    private ulong _epoch;
    private ulong _commit;

    [SetUp]
    public void SetUp()
    {
        _cluster = TestCluster.Started();
        _cluster.Hello("w1");
        _cluster.Deploy(2);
        _epoch = _cluster.OpenProducer("p");
        _cluster.Seal();
    }

    [Test]
    public void Split_AnOpenPartition_RoutesByTheNewMapFromTheNextFrameOn()
    {
        TopicRoute before = _cluster.State.Topics.Find("clicks")!.Route;
        object answer = Split(0, 100);
        _cluster.Publish("p", _epoch, 1, 4);
        TopicRoute within = _cluster.State.Topics.Find("clicks")!.Route;
        ulong seal = _cluster.Seal();
        List<Effect> next = _cluster.Do(new Tick());

        TopicRoute after = _cluster.State.Topics.Find("clicks")!.Route;
        Assert.Multiple(() =>
        {
            Assert.That(((ReplacedPartitions)answer).Opened, Is.EqualTo(new[] { 2, 3 }));
            Assert.That(within, Is.SameAs(before), "the frame that holds the record ends first");
            Assert.That(after.PartitionOfGroup[99], Is.EqualTo(2));
            Assert.That(after.PartitionOfGroup[100], Is.EqualTo(3));
            Assert.That(after.PartitionOfGroup[512], Is.EqualTo(1));
            Assert.That(after.Ends[0].SealedAt, Is.EqualTo(seal));
            Assert.That(after.Ends[0].Children, Is.EqualTo(new[] { 2, 3 }));
            Assert.That(next.OfType<PublishRouting>().Single().Routing.Topics["clicks"], Is.SameAs(after));
        });
    }

    [Test]
    public void Split_OfARunningJob_StartsTheNewTasksFromTheCommitAtTheSealAndNotBefore()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        ulong first = _cluster.Seal();
        Commit(1, first);
        _cluster.Publish("p", _epoch, 5, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();

        List<Effect> told = _cluster.Run(0.2, "w1");
        Assert.That(Told<FinishTask>(told, "w1").Single().End, Is.EqualTo(new TaskEnd(seal, 4)));
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 2"), "its last commit is not at the seal");

        int from = _cluster.Effects.Count;
        Commit(1, seal);
        List<Effect> effects = _cluster.Effects[from..];
        Assign[] given = [.. Told<Assign>(effects, "w1")];
        string snapshot = Records<TaskCommitted>(effects).Single().Point.SnapshotId;
        Assert.Multiple(() =>
        {
            Assert.That(_cluster.Owners(), Is.EqualTo("w1: 2 3 4"));
            Assert.That(Told<Revoke>(effects, "w1").Single().Task, Is.EqualTo(new TaskId(1)));
            Assert.That(given.Select(g => g.Restore), Is.All.EqualTo(new RestorePoint("", seal, 0, 0)));
            Assert.That(given.Select(g => g.Origins.Single()), Is.EqualTo(new[]
            {
                new StateOrigin(snapshot, new KeyGroupRange(0, 256)),
                new StateOrigin(snapshot, new KeyGroupRange(256, 512)),
            }));
            Assert.That(Partition(0).State, Is.EqualTo(PartitionState.Sealed));
        });
    }

    [Test]
    public void Split_WhenTheOwnerDies_RecoversTheOldTaskAsItselfFirst()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();
        _cluster.Run(0.2, "w1");
        List<Effect> effects = _cluster.Hello("w1", incarnation: 2);

        Assign again = Told<Assign>(effects, "w1").Single(a => a.Task.Value == 1);
        Assert.Multiple(() =>
        {
            Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 2"));
            Assert.That(again.End, Is.EqualTo(new TaskEnd(seal, 2)));
            Assert.That(Partition(0).State, Is.EqualTo(PartitionState.Sealing));
        });

        Commit(1, seal);
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 2 3 4"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void Split_WhenTheCoordinatorDiesAtAStep_GoesOnAfterwards(int step)
    {
        _cluster.Publish("p", _epoch, 1, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();
        _cluster = step == 0 ? Again() : _cluster;
        _cluster.Run(0.2, "w1");
        _cluster = step == 1 ? Again() : _cluster;
        Commit(1, seal);
        _cluster.Seal();
        _cluster = step == 2 ? Again() : _cluster;
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 2 3 4"));
        Assert.That(_cluster.Task(3).Origins, Has.Count.EqualTo(1));
    }

    [Test]
    public void Merge_OfTwoNeighbours_WaitsForBothAndJoinsTheirStates()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        object answer = Ask(c => new MergePartitions(c, "clicks", 1, 0, Any));
        ulong seal = _cluster.Seal();
        _cluster.Run(0.2, "w1");
        Commit(1, seal);
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 2"));

        Commit(2, seal);
        Assert.Multiple(() =>
        {
            Assert.That(((ReplacedPartitions)answer).Opened, Is.EqualTo(new[] { 2 }));
            Assert.That(_cluster.Owners(), Is.EqualTo("w1: 3"));
            Assert.That(
                _cluster.Task(3).Origins.Select(o => o.KeyGroups),
                Is.EqualTo(new[] { new KeyGroupRange(0, 512), new KeyGroupRange(512, 1024) }));
            Assert.That(_cluster.State.Topics.Find("clicks")!.Open.Single().KeyGroups, Is.EqualTo(
                new KeyGroupRange(0, 1024)));
        });
    }

    [Test]
    public void Commit_TheFirstOfEachSuccessor_LetsTheOldSnapshotsGoAndNotBefore()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();
        _cluster.Run(0.2, "w1");
        Commit(1, seal);
        int from = _cluster.Effects.Count;
        _cluster.Commit(3, _cluster.BirthOf(3), ++_commit);
        Assert.That(_cluster.State.Assignments.Retired.All.Single().Successors, Is.EqualTo(new[] { 4ul }));
        Assert.That(_cluster.Effects[from..].OfType<DropSnapshots>(), Is.Empty);

        _cluster.Commit(4, _cluster.BirthOf(4), ++_commit);
        Assert.Multiple(() =>
        {
            Assert.That(_cluster.State.Assignments.Retired.All, Is.Empty);
            Assert.That(_cluster.Effects[from..].OfType<DropSnapshots>().Single().Task, Is.EqualTo(new TaskId(1)));
        });
    }

    [Test]
    public void Commit_OfARetiredTask_IsRefused()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();
        _cluster.Run(0.2, "w1");
        Epoch epoch = _cluster.Task(1).Epoch;
        RestorePoint point = _cluster.PointAt(1, seal);
        Commit(1, seal);
        CommitAnswer answer = _cluster.Do(new CommitRequested(
                "w1", _cluster.SessionOf("w1"), ++_commit, new TaskId(1), epoch, point, [], true, null))
            .OfType<Tell>().Select(t => t.Message).OfType<CommitAnswer>().Single();
        Assert.That((answer.Accepted, answer.Reason), Is.EqualTo((false, "STALE_EPOCH")));
    }

    [Test]
    public void Split_OfAnEmptyPartition_NeedsNoCommit()
    {
        Split(1, 0);
        _cluster.Seal();
        _cluster.Run(0.2, "w1");
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 3 4"));
        Assert.That(_cluster.Task(3).Origins, Is.Empty);
    }

    [Test]
    public void Deploy_AfterASplit_ReadsTheOldPartitionToItsEndFirst()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();
        _cluster.Run(0.2, "w1");
        Commit(1, seal);
        _cluster.Ask(c => new DeployJob(c, "late", "count", "clicks", null, false));
        Assert.That(_cluster.State.Jobs.Find("late")!.Tasks.Select(t => t.Value), Is.EqualTo(new[] { 5ul, 6ul }));

        _cluster.Run(0.2, "w1");
        Commit(5, seal);
        Assert.That(
            _cluster.State.Jobs.Find("late")!.Tasks.Select(t => _cluster.Task(t.Value).Index),
            Is.EquivalentTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void Locate_WhileThePartitionIsBeingReplaced_NamesTheOldTaskAndWhereItEnds()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();
        _cluster.Publish("p", _epoch, 5, 6);
        ulong later = _cluster.Seal();
        var located = (LocatedJob)_cluster.Ask(c => new LocateJob(c, "clicks-count"));
        byte[] key = Enumerable.Range(0, 99).Select(BitConverter.GetBytes)
            .First(k => KeyFunction.Xxh64.GroupOf(k, 1024) < 512);
        LocatedTask task = located.TasksOf(key).Single();
        Assert.Multiple(() =>
        {
            Assert.That(task.Task, Is.EqualTo(new TaskId(1)));
            Assert.That(task.SealedAt, Is.EqualTo(seal));
            Assert.That(task.LastDataEnd, Is.EqualTo(later), "of its key groups there is more");
        });
    }

    [TestCase(7, 0, "NO_SUCH_PARTITION")]
    [TestCase(-1, 0, "NO_SUCH_PARTITION")]
    [TestCase(0, 512, "BAD_FIELD")]
    [TestCase(1, 512, "BAD_FIELD")]
    [TestCase(0, -3, "BAD_FIELD")]
    public void Split_OfWhatCannotBe_IsRefusedByName(int index, int at, string reason) =>
        Refused(Split(index, at), reason);

    [Test]
    public void Split_OfASealedPartition_NamesTheOnesThatTookOver()
    {
        Split(0, 0);
        Refused(Split(0, 0), "PARTITION_SEALED", "2 and 3");
    }

    [Test]
    public void Split_OfASingleKeyGroup_IsRefused()
    {
        _cluster.Ask(c => new CreateTopic(c, "narrow", 4, 4, 0, null, false));
        Refused(Ask(c => new SplitPartition(c, "narrow", 2, 0, Any)), "SINGLE_KEY_GROUP");
    }

    [Test]
    public void Split_OfAPartitionThatAJobHasYetToTakeOver_IsRefused()
    {
        _cluster.Publish("p", _epoch, 1, 4);
        Split(0, 0);
        ulong seal = _cluster.Seal();
        _cluster.Run(0.2, "w1");
        Refused(Split(2, 0), "OPERATION_CONFLICT", "clicks-count");
        Commit(1, seal);
        Refused(Split(2, 0), "OPERATION_CONFLICT", "clicks-count");
        _cluster.Commit(3, _cluster.BirthOf(3), ++_commit);
        Assert.That(Split(2, 0), Is.TypeOf<ReplacedPartitions>());
    }

    [Test]
    public void Merge_OfPartitionsThatAreNoNeighbours_IsRefused()
    {
        _cluster.Ask(c => new CreateTopic(c, "wide", 4, 64, 0, null, false));
        Refused(Ask(c => new MergePartitions(c, "wide", 0, 2, Any)), "NOT_NEIGHBOURS");
        Refused(Ask(c => new MergePartitions(c, "wide", 1, 1, Any)), "NOT_NEIGHBOURS");
    }

    [Test]
    public void Split_ByAnOldView_IsRefused()
    {
        Assert.That(
            Ask(c => new SplitPartition(c, "clicks", 0, 0, new MapChange(0, null, false))),
            Is.TypeOf<ReplacedPartitions>(),
            "nothing has changed yet");
        _cluster.Seal();
        ulong revision = _cluster.State.Topics.Find("clicks")!.MapRevision;
        Refused(
            Ask(c => new SplitPartition(c, "clicks", 1, 0, new MapChange(0, null, false))), "ETAG_MISMATCH");
        Assert.That(
            Ask(c => new SplitPartition(c, "clicks", 1, 0, new MapChange(revision, null, false))),
            Is.TypeOf<ReplacedPartitions>());
    }

    [Test]
    public void Split_AskedAgainAfterACrash_GetsTheSameAnswerAndHappensOnce()
    {
        var change = new MapChange(null, new Request("r", 1), false);
        object first = Ask(c => new SplitPartition(c, "clicks", 0, 0, change));
        _cluster.Seal();
        _cluster = Again();
        object second = Ask(c => new SplitPartition(c, "clicks", 0, 0, change));
        Assert.That(((ReplacedPartitions)second).Opened, Is.EqualTo(((ReplacedPartitions)first).Opened));
        Assert.That(_cluster.State.Topics.Find("clicks")!.Partitions, Has.Length.EqualTo(4));
    }

    [Test]
    public void Split_ValidateOnly_ChangesNothing()
    {
        string before = Picture(_cluster.State);
        object answer = Ask(c => new SplitPartition(c, "clicks", 0, 0, new MapChange(null, null, true)));
        Assert.That(((ReplacedPartitions)answer).Opened, Is.EqualTo(new[] { 2, 3 }));
        Assert.That(Picture(_cluster.State), Is.EqualTo(before));
    }

    private static MapChange Any => new(null, null, false);

    private static void Refused(object answer, string reason, string word = "")
    {
        Assert.That((answer as Refusal)?.Reason, Is.EqualTo(reason));
        Assert.That(((Refusal)answer).Message, Does.Contain(word));
    }

    private object Ask(Func<long, Input> input) => _cluster.Ask(input);

    private object Split(int index, int at) => Ask(c => new SplitPartition(c, "clicks", index, at, Any));

    private PartitionView Partition(int index) => _cluster.View.Topics.Single().Partitions[index];

    private void Commit(ulong task, ulong position) =>
        Assert.That(_cluster.Commit(task, _cluster.PointAt(task, position), ++_commit).Accepted);

    private TestCluster Again()
    {
        _cluster.Seal();
        AssignedTask[] owned = [.. _cluster.State.Assignments.All.Where(t => t.Worker == "w1")];
        TestCluster next = _cluster.Restart();
        next.Hello("w1", session: 100, held: [.. owned.Select(t => new HeldTask(t.Id, t.Epoch, 0))]);
        return next;
    }
}
