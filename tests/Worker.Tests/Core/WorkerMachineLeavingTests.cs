using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core;

/// <summary>How tasks and whole workers leave: after a last checkpoint if one can be had, and in bounded time if not.</summary>
public sealed class WorkerMachineLeavingTests
{
    private static readonly TaskId _task = new(1);
    private static readonly Epoch _epoch = new(5);

    private readonly WorkerDriver _driver = new();

    [SetUp]
    public void Connect() => _driver.Connect();

    [Test]
    public void Revoked_WhileRunning_CommitsOnceMoreThenAnswers()
    {
        _driver.Run(1, 5);
        List<WorkerEffect> asked = _driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED"));
        Checkpoint checkpoint = WorkerDriver.Checkpoint(1, 5);
        List<WorkerEffect> stored = _driver.Tell(new SnapshotStored(checkpoint));
        List<WorkerEffect> answered = _driver.Answer((SendCommit)stored.Single());

        Assert.Multiple(() =>
        {
            Assert.That(asked, Is.EqualTo(new WorkerEffect[]
            {
                new UnsubscribeTask(_task, _epoch), new CaptureTask(_task, _epoch),
            }));
            Assert.That(answered, Is.EqualTo(new WorkerEffect[]
            {
                new FinishCheckpoint(_task, _epoch, 3), new DropTask(_task, _epoch), new SendRevokeDone(_task, _epoch),
            }));
        });
    }

    [Test]
    public void Revoked_WithNothingNew_AnswersAtOnce()
    {
        _driver.Run(1, 5);
        _driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED"));
        Assert.That(
            _driver.Tell(new CheckpointFailed(_task, _epoch)).Last(), Is.EqualTo(new SendRevokeDone(_task, _epoch)));
    }

    [Test]
    public void Revoked_WhileACheckpointIsUnderWay_LetsItEndAndTakesOneMore()
    {
        _driver.Run(1, 5);
        SendCommit commit = _driver.Commit(1, 5);
        Assert.That(
            _driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED")),
            Is.EqualTo(new WorkerEffect[] { new UnsubscribeTask(_task, _epoch) }));
        Assert.That(_driver.Answer(commit).Last(), Is.EqualTo(new CaptureTask(_task, _epoch)));
    }

    [Test]
    public void Revoked_WhenTheLastCheckpointTakesTooLong_AnswersWithoutIt()
    {
        _driver.Run(1, 5);
        _driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED"));
        Assert.That(_driver.After(2.9), Is.Empty);
        Assert.That(_driver.After(0.2), Is.EqualTo(new WorkerEffect[]
        {
            new DropTask(_task, _epoch), new SendRevokeDone(_task, _epoch),
        }));
    }

    [Test]
    public void Revoked_WhileRestoring_DropsAndAnswersAtOnce()
    {
        _driver.Tell(new Assigned(WorkerDriver.Grant(1, 5)));
        Assert.That(_driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED")).TakeLast(2), Is.EqualTo(new WorkerEffect[]
        {
            new DropTask(_task, _epoch), new SendRevokeDone(_task, _epoch),
        }));
    }

    [Test]
    public void Revoked_OfATaskNotHeld_AnswersAndTakesTheGrantIfItComesAgain()
    {
        Assert.That(
            _driver.Tell(new Revoked(_task, _epoch, "WORKER_JOINED")),
            Is.EqualTo(new WorkerEffect[] { new SendRevokeDone(_task, _epoch) }));
        Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(1, 5)))[0], Is.InstanceOf<StartRestore>());
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
        SendCommit commit = _driver.Tell(new SnapshotStored(WorkerDriver.Checkpoint(2, 6))).OfType<SendCommit>().Single();
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
    public void Assigned_WhileDraining_IsNotTaken()
    {
        _driver.Run(1, 5);
        _driver.Tell(new DrainAsked("SIGTERM"));
        Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(2, 9))), Is.Empty);
    }
}
