using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.DeadLetters;

/// <summary>Verdicts belong to a task's input, so its copies follow them as they follow the events.</summary>
public sealed class CopyVerdictTests
{
    private TestCluster _cluster = null!;
    private ulong _producer;

    [SetUp]
    public void OneTaskWithAStandbyAndTenEvents()
    {
        _cluster = Started(CoordinatorPolicy.Default);
        _cluster.Hello("w1");
        _cluster.Hello("w2");
        _cluster.Deploy(1, standbys: 1);
        _producer = _cluster.OpenProducer("p");
        _cluster.Publish("p", _producer, 1, 10);
        _cluster.Seal();
        _cluster.Run(6, "w1", "w2");
        _cluster.Ask(c => new SetBadEventRule(
            c, "clicks-count", new BadEventRule(BadEventPolicy.Quarantine, ParkKey: true), null, false));
    }

    [Test]
    public void Report_OfAnOwner_IsAnsweredToItsStandbyToo()
    {
        List<Effect> effects = Report("w1", 4);
        GiveVerdicts told = Told<GiveVerdicts>(effects, "w2").Single();
        Assert.That(told.Epoch, Is.EqualTo(Standby.Epoch));
        Assert.That(told.List.Passed, Is.EqualTo(new[] { 4ul }));
        Assert.That(told.List.Parked.Single().From, Is.EqualTo(4));
    }

    [Test]
    public void Report_OfAStandby_ChangesNothing()
    {
        List<Effect> effects = _cluster.Do(Poisoned("w2", 4) with { Epoch = Standby.Epoch });
        Assert.That(effects, Is.Empty);
    }

    [Test]
    public void Promotion_OfAStandby_CarriesTheVerdicts()
    {
        Report("w1", 4);
        _cluster.Report(1, Standby, 4);
        Assign grant = Told<Assign>(
            _cluster.Do(new WorkerGoodbye("w1", _cluster.SessionOf("w1"), "bye")), "w2").Single();
        Assert.That((grant.Warm, grant.Confirmed), Is.EqualTo((false, true)));
        Assert.That(grant.Verdicts.Passed, Is.EqualTo(new[] { 4ul }));
    }

    [Test]
    public void NewSession_OfAStandby_CarriesTheVerdicts()
    {
        _cluster.Report(1, Standby, 4);
        Report("w1", 4);
        Assign grant = Told<Assign>(
            _cluster.Hello("w2", held: new HeldTask(new TaskId(1), Standby.Epoch, 0)), "w2").Single();
        Assert.That((grant.Warm, grant.Confirmed), Is.EqualTo((true, true)));
        Assert.That(grant.Verdicts.Passed, Is.EqualTo(new[] { 4ul }));
    }

    [Test]
    public void NewSession_OfAStandbyBehindWhatIsRemembered_EndsIt()
    {
        _cluster.Report(1, Standby, 4);
        CommitTwiceBeyondTheVerdict();
        _cluster.Hello("w2", held: new HeldTask(new TaskId(1), Standby.Epoch, 0));
        Assert.That(_cluster.Task(1).Copies, Is.Empty, "it may have missed a verdict that nobody knows any more");
    }

    [Test]
    public void Standby_ThatIsLoadedAndRestoresAgain_IsEnded()
    {
        _cluster.Report(1, Standby, 4);
        CommitTwiceBeyondTheVerdict();
        _cluster.Report(1, Standby, 0, TaskRunState.Restoring);
        Assert.That(_cluster.Task(1).Copies, Is.Empty);
    }

    private WarmCopy Standby => _cluster.Task(1).Standbys.Single();

    private void CommitTwiceBeyondTheVerdict()
    {
        Report("w1", 4);
        for (ulong i = 1; i <= 2; i++)
        {
            _cluster.Publish("p", _producer, 10 + i, 1);
            _cluster.Commit(1, _cluster.PointAt(1, _cluster.Seal()), id: i);
        }

        Assert.That(_cluster.State.DeadLetters.Of(new TaskId(1))!.Passes(4), Is.False);
    }

    private List<Effect> Report(string worker, ulong offset) => _cluster.Do(Poisoned(worker, offset));

    private PoisonReported Poisoned(string worker, ulong offset) => new(
        worker,
        _cluster.SessionOf(worker),
        new TaskId(1),
        _cluster.Task(1).Epoch,
        offset,
        "it is bad",
        false,
        "k"u8.ToArray(),
        [0x7A, 0]);
}
