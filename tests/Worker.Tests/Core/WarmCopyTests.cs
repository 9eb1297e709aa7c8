using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Core.Verdicts;

namespace Millrace.Worker.Tests.Core;

/// <summary>A copy of a task that another worker owns: it follows, and does nothing more until it takes over.</summary>
public sealed class WarmCopyTests
{
    private static readonly TaskId _task = new(1);
    private static readonly Epoch _epoch = new(5);
    private static readonly RestorePoint _later = new("t1-e4-p8192-00", 8192, 7, 9);

    private readonly WorkerDriver _driver = new();

    [SetUp]
    public void Connect() => _driver.Connect();

    [Test]
    public void Copy_Assigned_RestoresSubscribesAndReportsAsWarm()
    {
        List<WorkerEffect> first = _driver.Tell(new Assigned(Copy()));
        List<WorkerEffect> then = _driver.Tell(new Restored(_task, _epoch));
        List<WorkerEffect> report = _driver.Tell(new Progressed([Standing(4096, 3)]));
        Assert.Multiple(() =>
        {
            Assert.That(first[0], Is.EqualTo(new StartRestore(Copy())));
            Assert.That(then, Is.EqualTo(new WorkerEffect[] { new SubscribeTask(_task, _epoch) }));
            Assert.That(((SendProgress)report[0]).Tasks[0].Phase, Is.EqualTo(TaskPhase.Warm));
            Assert.That(_driver.Held, Is.EqualTo(new[] { new HeldPosition(_task, _epoch, 4096) }));
        });
    }

    [Test]
    public void Copy_HoweverLongItFollows_TakesNoCheckpoint()
    {
        Follow();
        for (int i = 0; i < 100; i++)
        {
            Assert.That(_driver.After(0.5).OfType<CaptureTask>(), Is.Empty);
        }
    }

    [Test]
    public void Copy_WhileTheLeaseIsOver_ReportsAsPaused()
    {
        Follow();
        _driver.Tell(new LeaseEnded());
        List<WorkerEffect> report = _driver.Tell(new Progressed([Standing(4096, 3)]));
        Assert.That(((SendProgress)report[0]).Tasks[0].Phase, Is.EqualTo(TaskPhase.Paused));
    }

    [Test]
    public void Copy_ThatTakesOver_GoesOnFromWhereItIsAndChecksIn()
    {
        Follow();
        List<WorkerEffect> effects = _driver.Tell(new Assigned(Grant(_later)));
        Assert.That(
            effects, Is.EqualTo(new WorkerEffect[] { new PromoteTask(_task, _epoch, _later) }), "nothing restarts");
        List<WorkerEffect> report = _driver.Tell(new Progressed([Standing(4096, 3)]));
        Assert.That(((SendProgress)report[0]).Tasks[0].Phase, Is.EqualTo(TaskPhase.Running));
        Assert.That(_driver.After(2.5).OfType<CaptureTask>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Copy_StillRestoringTheSamePoint_IsTheOwnerWhenItIsDone()
    {
        _driver.Tell(new Assigned(Copy()));
        List<WorkerEffect> effects = _driver.Tell(new Assigned(Grant(RestorePoint.Beginning)));
        Assert.That(effects, Is.EqualTo(new WorkerEffect[] { new PromoteTask(_task, _epoch, RestorePoint.Beginning) }));
        Assert.That(
            _driver.Tell(new Restored(_task, _epoch)),
            Is.EqualTo(new WorkerEffect[] { new SubscribeTask(_task, _epoch) }));
    }

    [Test]
    public void Copy_StillRestoringAnOlderPoint_StartsOverFromTheNewest()
    {
        _driver.Tell(new Assigned(Copy()));
        List<WorkerEffect> effects = _driver.Tell(new Assigned(Grant(_later)));
        Assert.That(effects[0], Is.EqualTo(new DropTask(_task, _epoch)));
        Assert.That(((StartRestore)effects[1]).Grant.Restore, Is.EqualTo(_later));
    }

    [Test]
    public void Copy_GivenUp_IsDroppedAndNotTakenAgain()
    {
        Follow();
        List<WorkerEffect> effects = _driver.Tell(new WasFenced(_task, _epoch, "CANCELLED"));
        Assert.That(effects, Is.EqualTo(new WorkerEffect[] { new DropTask(_task, _epoch) }));
        Assert.That(_driver.Tell(new Assigned(Copy())), Is.Empty);
        Assert.That(_driver.Held, Is.Empty);
    }

    [Test]
    public void Copy_AfterANewSession_SubscribesAgainAndStaysWarm()
    {
        Follow();
        _driver.Tell(new SessionLost(1));
        _driver.Connect(2);
        List<WorkerEffect> effects = _driver.Tell(new Assigned(Copy() with { Confirmed = true }));
        Assert.That(effects, Is.EqualTo(new WorkerEffect[] { new SubscribeTask(_task, _epoch) }));
        Assert.That(_driver.After(5).OfType<CaptureTask>(), Is.Empty);
    }

    [Test]
    public void Copy_OfAWorkerThatLeaves_HoldsNothingUp()
    {
        Follow();
        List<WorkerEffect> effects = _driver.Tell(new DrainAsked("SIGTERM"));
        Assert.That(effects.OfType<Leave>().Count(), Is.EqualTo(1));
        Assert.That(effects.OfType<CaptureTask>(), Is.Empty);
    }

    [Test]
    public void Copy_AtABadEvent_AsksForNoVerdictUntilItTakesOver()
    {
        Follow();
        var bad = new PoisonedEvent(3, "no number", false, [1], [2]);
        Assert.That(_driver.Tell(new PoisonFound(_task, _epoch, bad)), Is.Empty);
        Assert.That(_driver.After(5).OfType<SendPoison>(), Is.Empty);
        List<WorkerEffect> told = _driver.Tell(new Assigned(Grant(RestorePoint.Beginning)));
        Assert.That(told[0], Is.InstanceOf<TellVerdicts>(), "the event is looked at again");
        Assert.That(
            _driver.Tell(new PoisonFound(_task, _epoch, bad)),
            Is.EqualTo(new WorkerEffect[] { new SendPoison(_task, _epoch, bad) }));
    }

    [Test]
    public void Copy_ToldOfVerdictsWhileItRestores_KnowsThemAfterwards()
    {
        var verdicts = new VerdictList([3], []);
        _driver.Tell(new Assigned(Copy()));
        _driver.Tell(new VerdictsGiven(_task, _epoch, verdicts));
        Assert.That(
            _driver.Tell(new Restored(_task, _epoch)),
            Has.Member(new TellVerdicts(_task, _epoch, verdicts)));
    }

    private static TaskGrant Copy() => WorkerDriver.Grant(1, 5) with { Warm = true };

    private static TaskGrant Grant(RestorePoint newest) => WorkerDriver.Grant(1, 5, newest, confirmed: true);

    private static TaskStanding Standing(ulong position, ulong offset) =>
        new(_task, _epoch, TaskPhase.Running, position, offset, 10, 0);

    /// <summary>Brings a copy so far that it follows.</summary>
    private void Follow()
    {
        _driver.Tell(new Assigned(Copy()));
        _driver.Tell(new Restored(_task, _epoch));
        _driver.Tell(new Progressed([Standing(4096, 3)]));
    }
}
