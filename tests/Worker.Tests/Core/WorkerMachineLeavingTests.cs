using Millrace.Common.Model;
using Millrace.Worker.Core;

namespace Millrace.Worker.Tests.Core;

/// <summary>How tasks and whole workers leave: after a last checkpoint if one can be had, and in bounded time if
/// not.</summary>
public sealed class WorkerMachineLeavingTests
{
    private static readonly TaskId _task = new(1);
    private static readonly Epoch _epoch = new(5);

    private readonly WorkerDriver _driver = new();

    [SetUp]
    public void Connect() => _driver.Connect();

    [Test]
    public void Revoked_WhileRunning_DropsTheTaskAndAnswers()
    {
        _driver.Run(1, 5);
        Assert.That(_driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED")), Is.EqualTo(new WorkerEffect[]
        {
            new DropTask(_task, _epoch), new SendRevokeDone(_task, _epoch),
        }));
        Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(1, 5))), Is.Empty);
    }

    [Test]
    public void Revoked_OfAnOlderEpoch_AnswersAndLeavesTheCurrentOneAlone()
    {
        _driver.Run(1, 5);
        Assert.That(
            _driver.Tell(new Revoked(_task, new Epoch(4), "WORKER_JOINED")),
            Is.EqualTo(new WorkerEffect[] { new SendRevokeDone(_task, new Epoch(4)) }));
        Assert.That(_driver.Held, Has.Count.EqualTo(1));
    }

    [Test]
    public void DrainAsked_WhileACheckpointIsUnderWay_LetsItEndAndTakesOneMore()
    {
        _driver.Run(1, 5);
        SendCommit commit = _driver.Commit(1, 5);
        Assert.That(
            _driver.Tell(new DrainAsked("SIGTERM")),
            Is.EqualTo(new WorkerEffect[] { new UnsubscribeTask(_task, _epoch) }));
        Assert.That(_driver.Answer(commit).Last(), Is.EqualTo(new CaptureTask(_task, _epoch, false)));
    }

    [Test]
    public void DrainAsked_WhileRestoring_GivesTheTaskUpAtOnce()
    {
        _driver.Tell(new Assigned(WorkerDriver.Grant(1, 5)));
        Assert.That(_driver.Tell(new DrainAsked("SIGTERM")).Last(), Is.EqualTo(new Leave()));
    }

    [Test]
    public void Revoked_OfATaskNotHeld_AnswersAndRefusesALateGrant()
    {
        Assert.That(
            _driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED")),
            Is.EqualTo(new WorkerEffect[] { new SendRevokeDone(_task, _epoch) }));
        Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(1, 5))), Is.Empty);
    }

    [Test]
    public void DrainAsked_WithoutTasks_LeavesAtOnce() =>
        Assert.That(
            _driver.Tell(new DrainAsked("SIGTERM")),
            Is.EqualTo(new WorkerEffect[] { new SendGoodbye("SIGTERM"), new Leave() }));

    [Test]
    public void DrainAsked_WithTasks_CommitsEachThenLeaves()
    {
        _driver.Run(1, 5);
        _driver.Run(2, 6);
        Assert.That(_driver.Tell(new DrainAsked("SIGTERM")).OfType<CaptureTask>().Count(), Is.EqualTo(2));
        _driver.Tell(new CheckpointFailed(_task, _epoch));
        SendCommit commit =
            _driver.Tell(new SnapshotStored(WorkerDriver.Checkpoint(2, 6))).OfType<SendCommit>().Single();
        List<WorkerEffect> effects = _driver.Answer(commit);
        Assert.That(effects.TakeLast(3), Is.EqualTo(new WorkerEffect[]
        {
            new DropTask(new TaskId(2), new Epoch(6)), new SendGoodbye("SIGTERM"), new Leave(),
        }));
    }

    [Test]
    public void DrainAsked_Twice_IsOneDrain()
    {
        _driver.Run(1, 5);
        _driver.Tell(new DrainAsked("SIGTERM"));
        Assert.That(_driver.Tell(new DrainAsked("SIGINT")), Is.Empty);
    }

    [Test]
    public void DrainAsked_WhenCommitsDoNotCome_LeavesAtTheDeadline()
    {
        _driver.Run(1, 5);
        _driver.Tell(new DrainAsked("SIGTERM"));
        Assert.That(_driver.After(9.9).OfType<Leave>(), Is.Empty);
        Assert.That(_driver.After(0.2).OfType<Leave>().Count(), Is.EqualTo(1));
        Assert.That(_driver.After(1).OfType<Leave>(), Is.Empty);
    }

    [Test]
    public void DrainAsked_WithoutACoordinator_WaitsOnlyShortly()
    {
        _driver.Run(1, 5);
        _driver.Tell(new SessionLost(1));
        _driver.Tell(new DrainAsked("SIGTERM"));
        Assert.That(_driver.After(0.9).OfType<Leave>(), Is.Empty);
        Assert.That(_driver.After(0.2).OfType<Leave>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void DrainAsked_BeforeTheFirstSession_SaysGoodbyeOnTheOneThatIsAboutToOpen()
    {
        var driver = new WorkerDriver();
        Assert.That(driver.Tell(new DrainAsked("SIGTERM")), Is.Empty);
        Assert.That(
            driver.Tell(new SessionOpened(1, TimeSpan.FromSeconds(2))),
            Is.EqualTo(new WorkerEffect[] { new SendGoodbye("SIGTERM"), new Leave() }));
    }

    [Test]
    public void DrainAsked_WithoutTasksOrCoordinator_WaitsOnlyShortly()
    {
        var driver = new WorkerDriver();
        driver.Tell(new DrainAsked("SIGTERM"));
        Assert.That(driver.After(0.9).OfType<Leave>(), Is.Empty);
        Assert.That(driver.After(0.2).OfType<Leave>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Assigned_WhileDraining_IsNotTaken()
    {
        _driver.Run(1, 5);
        _driver.Tell(new DrainAsked("SIGTERM"));
        Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(2, 9))), Is.Empty);
    }
}
