using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Views;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.DeadLetters;

public sealed class PoisonTests
{
    private static readonly byte[] _key = "k"u8.ToArray();

    private TestCluster _cluster = null!;
    private ulong _epoch;

    [SetUp]
    public void OneTaskWithTenEvents()
    {
        _cluster = Started(CoordinatorPolicy.Default with { WarmMoves = false, MaxDeadLetters = 3 });
        _cluster.Hello("w1");
        _cluster.Deploy(1);
        _epoch = _cluster.OpenProducer("p");
        _cluster.Publish("p", _epoch, 1, 10);
        _cluster.Seal();
    }

    [TearDown]
    public void ReplayGivesTheSameState()
    {
        _cluster.Seal();
        Assert.That(Picture(_cluster.Replayed()), Is.EqualTo(Picture(_cluster.State)));
        Assert.That(Picture(Copy(_cluster.State)), Is.EqualTo(Picture(_cluster.State)));
    }

    [Test]
    public void Report_WhenTheRuleIsToFail_StopsTheTaskOnceAndShowsWhere()
    {
        List<Effect> first = Report(4);
        List<Effect> again = Report(4);
        Assert.That(Records<TaskStopped>(first).Single().Offset, Is.EqualTo(4));
        Assert.That(first.OfType<Tell>(), Is.Empty);
        Assert.That(again, Is.Empty);
        AssignmentView shown = _cluster.View.Assignments.Single();
        Assert.That((shown.State, shown.Stopped!.Offset), Is.EqualTo((AssignmentState.Failed, 4ul)));
        Assert.That(_cluster.View.Jobs.Single().State, Is.EqualTo(JobState.Failed));
    }

    [Test]
    public void SetRule_WhileATaskStandsStill_HasItJudgedAnew()
    {
        Report(4);
        Rule(BadEventPolicy.Skip);
        Assert.That(Verdicts(Report(4)).Passed, Is.EqualTo(new[] { 4ul }));
        Assert.That(_cluster.View.Jobs.Single().State, Is.EqualTo(JobState.Running));
        Assert.That(_cluster.View.Jobs.Single().DeadLetters.Skipped, Is.EqualTo(1));
    }

    [Test]
    public void Report_Repeated_GetsTheSameVerdictAndNoSecondLetter()
    {
        Rule(BadEventPolicy.Quarantine);
        List<Effect> first = Report(4);
        List<Effect> again = Report(4);
        Assert.That(Records<EventJudged>(first).Single().Letter!.Offset, Is.EqualTo(4));
        Assert.That(again.OfType<AppendRecord>(), Is.Empty);
        Assert.That(Verdicts(again).Passed, Is.EqualTo(new[] { 4ul }));
        Assert.That(_cluster.State.DeadLetters.All, Has.Count.EqualTo(1));
    }

    [Test]
    public void Report_AfterARestart_GetsTheVerdictOfBefore()
    {
        Rule(BadEventPolicy.Quarantine);
        Report(4);
        _cluster.Seal();
        _cluster = _cluster.Restart();
        List<Effect> hello = _cluster.Hello("w1", session: 9);
        Assert.That(
            Told<Assign>(hello, "w1").Single().Verdicts.Passed, Is.EqualTo(new[] { 4ul }), "the grant carries it");
        Assert.That(Verdicts(Report(4)).Passed, Is.EqualTo(new[] { 4ul }));
        Assert.That(_cluster.State.DeadLetters.All, Has.Count.EqualTo(1));
    }

    [Test]
    public void Report_OfSomebodyWhoDoesNotOwnTheTask_ChangesNothing()
    {
        _cluster.Hello("w2");
        Assert.That(Report(4, worker: "w2").OfType<AppendRecord>(), Is.Empty);
        Assert.That(Report(10).OfType<AppendRecord>(), Is.Empty, "there is no such event");
    }

    [Test]
    public void Report_OfAParkedKey_MakesLettersUntilTheKeyIsReleased()
    {
        Rule(BadEventPolicy.Quarantine, parks: true);
        Assert.That(Verdicts(Report(2)).Parked.Single().Key, Is.EqualTo(_key));
        Report(3, parked: true);
        Assert.That(_cluster.State.DeadLetters.All.Select(l => l.Offset), Is.EqualTo(new[] { 2ul, 3ul }));
        Assert.That(_cluster.Ask(c => new ReleaseKey(c, "clicks-count", _key, null)), Is.TypeOf<Changed>());
        Assert.That(
            Verdicts(Report(10, parked: true)).Parked.Single().Until, Is.EqualTo(10), "what is stored from now on");
        Assert.That(_cluster.State.DeadLetters.All, Has.Count.EqualTo(2));
        Assert.That(
            _cluster.Ask(c => new ReleaseKey(c, "clicks-count", _key, null)),
            Has.Property("Reason").EqualTo("KEY_NOT_PARKED"));
    }

    [Test]
    public void Report_WhenNoMoreLettersFit_StopsTheTaskUntilOneIsGivenUp()
    {
        Rule(BadEventPolicy.Quarantine);
        for (ulong offset = 0; offset < 3; offset++)
        {
            Report(offset);
        }

        Assert.That(Records<TaskStopped>(Report(3)).Single().IsFull);
        Assert.That(Report(3), Is.Empty);
        Assert.That(
            _cluster.Ask(c => new CloseDeadLetter(c, 1, DeadLetterEnd.Discarded, null)), Is.TypeOf<Changed>());
        Assert.That(Verdicts(Report(3)).Passed, Is.EqualTo(new[] { 3ul }));
        Assert.That(_cluster.View.Assignments.Single().Stopped, Is.Null);
        DeadLetterCounts counts = _cluster.View.Jobs.Single().DeadLetters;
        Assert.That((counts.Kept, counts.Quarantined, counts.Discarded), Is.EqualTo((3, 4ul, 1ul)));
    }

    [Test]
    public void Report_OfAnEventThatIsTooLargeToKeep_StopsTheTask()
    {
        Rule(BadEventPolicy.Quarantine);
        Assert.That(Records<TaskStopped>(Report(3, entry: [])).Single().IsFull);
    }

    [Test]
    public void Retry_OfAParkedKey_ReleasesItFirstAndIsDoneOnceForARequest()
    {
        Rule(BadEventPolicy.Quarantine, parks: true);
        Report(2);
        var request = new Request("r", 1);
        var step = (RetryStep)_cluster.Ask(c => new BeginRetry(c, 1, request));
        Assert.That((step.Letter!.Letter.Offset, step.Letter.Topic), Is.EqualTo((2ul, "clicks")));
        Assert.That(_cluster.State.DeadLetters.Of(new TaskId(1))!.IsParkedNow(_key), Is.False);
        Assert.That(
            _cluster.Ask(c => new CloseDeadLetter(c, 1, DeadLetterEnd.Retried, request)), Is.TypeOf<Changed>());
        Assert.That(((RetryStep)_cluster.Ask(c => new BeginRetry(c, 1, request))).Letter, Is.Null);
        Assert.That(
            _cluster.Ask(c => new BeginRetry(c, 1, null)), Has.Property("Reason").EqualTo("NO_SUCH_DEAD_LETTER"));
    }

    [Test]
    public void Commit_BeyondAVerdict_ForgetsItOnceNobodyRestoresBelow()
    {
        Rule(BadEventPolicy.Skip);
        Report(4);
        _cluster.Commit(1, _cluster.PointAt(1, _cluster.Frames[^1].End), id: 1);
        Assert.That(_cluster.State.DeadLetters.Of(new TaskId(1))!.Passes(4), "the older point is the beginning");
        _cluster.Publish("p", _epoch, 11, 1);
        _cluster.Commit(1, _cluster.PointAt(1, _cluster.Seal()), id: 2);
        Assert.That(_cluster.State.DeadLetters.Of(new TaskId(1)), Is.Null);
        Assert.That(Verdicts(Report(4)).Passed, Is.EqualTo(new[] { 4ul }), "whoever still asks hears of it");
    }

    private void Rule(BadEventPolicy policy, bool parks = false) => Assert.That(
        _cluster.Ask(c => new SetBadEventRule(c, "clicks-count", new BadEventRule(policy, parks), null, false)),
        Is.TypeOf<Changed>());

    private List<Effect> Report(ulong offset, bool parked = false, string worker = "w1", byte[]? entry = null) =>
        _cluster.Do(new PoisonReported(
            worker,
            _cluster.SessionOf(worker),
            new TaskId(1),
            _cluster.Task(1).Epoch,
            offset,
            "it is bad",
            parked,
            _key,
            entry ?? [0x7A, 0]));

    private static VerdictList Verdicts(List<Effect> effects) => Told<GiveVerdicts>(effects, "w1").Single().List;
}
