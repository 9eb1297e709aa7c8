using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core;

public sealed class WorkerMachineTests
{
    private static readonly TaskId _task = new(1);
    private static readonly Epoch _epoch = new(5);

    private readonly WorkerDriver _driver = new();

    [SetUp]
    public void Connect() => _driver.Connect();

    [Test]
    public void Assigned_OfANewTask_RestoresThenSubscribes()
    {
        List<WorkerEffect> first = _driver.Tell(new Assigned(WorkerDriver.Grant(1, 5)));
        List<WorkerEffect> then = _driver.Tell(new Restored(_task, _epoch));

        Assert.Multiple(() =>
        {
            Assert.That(first[0], Is.EqualTo(new StartRestore(WorkerDriver.Grant(1, 5))));
            Assert.That(((SendProgress)first[1]).Tasks[0].Phase, Is.EqualTo(TaskPhase.Restoring));
            Assert.That(then, Is.EqualTo(new WorkerEffect[] { new SubscribeTask(_task, _epoch) }));
        });
    }

    [Test]
    public void Assigned_UnderAHigherEpoch_DropsTheOldStateAndRestores()
    {
        _driver.Run(1, 5);
        List<WorkerEffect> effects = _driver.Tell(new Assigned(WorkerDriver.Grant(1, 6)));
        Assert.That(effects[0], Is.EqualTo(new DropTask(_task, _epoch)));
        Assert.That(effects[1], Is.InstanceOf<StartRestore>());
    }

    [Test]
    public void Assigned_UnderALowerEpoch_ChangesNothing()
    {
        _driver.Run(1, 5);
        Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(1, 4))), Is.Empty);
        Assert.That(_driver.Held, Is.EqualTo(new[] { new HeldPosition(_task, _epoch, 0) }));
    }

    [Test]
    public void RestoreFailed_AgainAndAgain_IsTriedLaterAndLater()
    {
        _driver.Tell(new Assigned(WorkerDriver.Grant(1, 5)));
        var waits = new List<double>();
        for (int i = 0; i < 8; i++)
        {
            Assert.That(_driver.Tell(new RestoreFailed(_task, _epoch)), Is.Empty);
            double waited = 0;
            while (!_driver.After(0.1).OfType<StartRestore>().Any())
            {
                waited += 0.1;
            }

            waits.Add(Math.Round(waited + 0.1, 1));
        }

        Assert.That(waits, Is.EqualTo(new[] { 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5 }));
    }

    [Test]
    public void Tick_WhenACheckpointIsDue_TakesOneAndNoSecondUntilItIsDone()
    {
        _driver.Run(1, 5);
        Assert.That(_driver.After(2.5), Is.EqualTo(new WorkerEffect[] { new CaptureTask(_task, _epoch, false) }));
        Assert.That(_driver.After(10), Is.Empty);
        Checkpoint checkpoint = WorkerDriver.Checkpoint(1, 5);
        List<WorkerEffect> stored = _driver.Tell(new SnapshotStored(checkpoint));
        Assert.That(stored, Is.EqualTo(new WorkerEffect[] { new SendCommit(1, checkpoint) }));
        List<WorkerEffect> done = _driver.Answer((SendCommit)stored[0]);
        Assert.That(done, Is.EqualTo(new WorkerEffect[]
        {
            new FinishCheckpoint(_task, _epoch, 3),
            new CaptureTask(_task, _epoch, false),
        }));
    }

    [Test]
    public void SnapshotAsked_OfATask_TakesOneAtOnceAlsoWithoutNews()
    {
        _driver.Run(1, 5);
        Assert.That(
            _driver.Tell(new SnapshotAsked(_task, _epoch)),
            Is.EqualTo(new WorkerEffect[] { new CaptureTask(_task, _epoch, true) }));
        Assert.That(_driver.Tell(new SnapshotAsked(_task, _epoch)), Is.Empty, "one is under way");
        List<WorkerEffect> failed = _driver.Tell(new CheckpointFailed(_task, _epoch));
        Assert.That(failed, Does.Contain(new CaptureTask(_task, _epoch, true)));
        _driver.Tell(new CheckpointFailed(_task, _epoch));
        Assert.That(_driver.After(2.5), Is.EqualTo(new WorkerEffect[] { new CaptureTask(_task, _epoch, false) }));
    }

    [Test]
    public void CheckpointFailed_Once_IsForgottenAndTriedAtTheNextInterval()
    {
        _driver.Run(1, 5);
        _driver.After(2.5);
        List<WorkerEffect> failed = _driver.Tell(new CheckpointFailed(_task, _epoch));
        Assert.That(failed, Is.EqualTo(new WorkerEffect[] { new FinishCheckpoint(_task, _epoch, null) }));
        Assert.That(_driver.After(2.5), Is.EqualTo(new WorkerEffect[] { new CaptureTask(_task, _epoch, false) }));
    }

    [Test]
    public void CommitAnswered_ForAnotherCommit_ChangesNothing()
    {
        _driver.Run(1, 5);
        SendCommit commit = _driver.Commit(1, 5);
        Assert.That(_driver.Answer(commit with { CommitId = 99 }), Is.Empty);
        Assert.That(_driver.Answer(commit), Is.Not.Empty);
        Assert.That(_driver.Answer(commit), Is.Empty);
    }

    [TestCase("STALE_EPOCH")]
    [TestCase("AUDIT_MISMATCH")]
    public void CommitAnswered_WithTheEndOfTheClaim_DropsTheTask(string reason)
    {
        _driver.Run(1, 5);
        List<WorkerEffect> effects = _driver.Answer(_driver.Commit(1, 5), reason);
        Assert.That(effects, Is.EqualTo(new WorkerEffect[]
        {
            new NoteCommitRefused(_task, _epoch, reason),
            new FinishCheckpoint(_task, _epoch, null),
            new DropTask(_task, _epoch),
        }));
        Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(1, 5)))[0], Is.InstanceOf<StartRestore>());
    }

    [Test]
    public void CommitAnswered_WithAPassingRefusal_KeepsTheTask()
    {
        _driver.Run(1, 5);
        _driver.Answer(_driver.Commit(1, 5), "SNAPSHOT_MISSING");
        Assert.That(_driver.Held, Has.Count.EqualTo(1));
        Assert.That(_driver.After(2.5), Is.EqualTo(new WorkerEffect[] { new CaptureTask(_task, _epoch, false) }));
    }

    [Test]
    public void SessionLost_ThenConfirmed_GoesOnWithTheStateAndSendsTheCommitAgain()
    {
        _driver.Run(1, 5);
        SendCommit commit = _driver.Commit(1, 5);
        Assert.That(_driver.Tell(new SessionLost(1)), Is.EqualTo(new WorkerEffect[] { new DetachTasks() }));
        _driver.Connect(2);
        Assert.That(_driver.After(0.1), Is.Empty);
        List<WorkerEffect> effects = _driver.Tell(new Assigned(WorkerDriver.Grant(1, 5, confirmed: true)));
        Assert.That(effects, Is.EqualTo(new WorkerEffect[] { new SubscribeTask(_task, _epoch), commit }));
    }

    [Test]
    public void Held_AfterADataStream_TellsHowFarItCameUntilTheNextWelcome()
    {
        _driver.Tell(new DataStreamEnded(8192));
        _driver.Tell(new DataStreamEnded(4096));
        Assert.That(_driver.ReceivedPosition, Is.EqualTo(8192));
        _driver.Connect(2);
        Assert.That(_driver.ReceivedPosition, Is.Zero, "that coordinator has judged it");
    }

    [Test]
    public void SessionLost_OfAnOlderSession_ChangesNothing()
    {
        _driver.Run(1, 5);
        _driver.Connect(2);
        Assert.That(_driver.Tell(new SessionLost(1)), Is.Empty);
    }

    [Test]
    public void SessionLost_WhileASnapshotIsBeingStored_CommitsOnlyAfterTheConfirmation()
    {
        _driver.Run(1, 5);
        _driver.After(2.5);
        _driver.Tell(new SessionLost(1));
        Assert.That(_driver.Tell(new SnapshotStored(WorkerDriver.Checkpoint(1, 5))), Is.Empty);
        _driver.Connect(2);
        Assert.That(
            _driver.Tell(new Assigned(WorkerDriver.Grant(1, 5, confirmed: true))).OfType<SendCommit>().Count(),
            Is.EqualTo(1));
    }

    [Test]
    public void Held_AfterProgress_NamesThePositionsReached()
    {
        _driver.Run(2, 7);
        _driver.Run(1, 5);
        _driver.Tell(new Progressed([new TaskStanding(_task, _epoch, TaskPhase.Running, 8192, 6, 100, 0)]));
        Assert.That(_driver.Held, Is.EqualTo(new[]
        {
            new HeldPosition(_task, _epoch, 8192), new HeldPosition(new TaskId(2), new Epoch(7), 0),
        }));
    }

    [Test]
    public void Assigned_SameEpochButBeyondTheState_RestoresFromThere()
    {
        _driver.Run(1, 5);
        _driver.Tell(new SessionLost(1));
        _driver.Connect(2);
        var point = new RestorePoint("t1-e5-p8192-00", 8192, 6, 1);
        List<WorkerEffect> effects = _driver.Tell(new Assigned(WorkerDriver.Grant(1, 5, point)));
        Assert.That(effects.OfType<StartRestore>().Single().Grant.Restore, Is.EqualTo(point));
    }

    [Test]
    public void Fenced_WhileRunning_DropsTheTaskAndNeverTakesTheEpochAgain()
    {
        _driver.Run(1, 5);
        List<WorkerEffect> effects = _driver.Tell(new WasFenced(_task, _epoch, "REASSIGNED"));
        Assert.Multiple(() =>
        {
            Assert.That(effects, Is.EqualTo(new WorkerEffect[] { new DropTask(_task, _epoch) }));
            Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(1, 5))), Is.Empty);
            Assert.That(_driver.Tell(new Assigned(WorkerDriver.Grant(1, 6))), Is.Not.Empty);
        });
    }

    [Test]
    public void Fenced_OfAnOlderEpoch_LeavesTheCurrentOneAlone()
    {
        _driver.Run(1, 5);
        Assert.That(_driver.Tell(new WasFenced(_task, new Epoch(4), "REASSIGNED")), Is.Empty);
    }

    [Test]
    public void LeaseEnded_WhileACheckpointIsUnderWay_HoldsTheCommitUntilItIsRenewed()
    {
        _driver.Run(1, 5);
        _driver.After(2.5);
        Assert.That(_driver.Tell(new LeaseEnded()), Is.EqualTo(new WorkerEffect[] { new PauseTasks() }));
        Assert.That(_driver.Tell(new SnapshotStored(WorkerDriver.Checkpoint(1, 5))), Is.Empty);
        Assert.That(_driver.After(10), Is.Empty);
        List<WorkerEffect> resumed = _driver.Tell(new LeaseRenewed());
        Assert.That(resumed[0], Is.InstanceOf<ResumeTasks>());
        Assert.That(resumed[1], Is.InstanceOf<SendCommit>());
    }

    [Test]
    public void Progressed_WhilePaused_SaysSo()
    {
        _driver.Run(1, 5);
        _driver.Tell(new LeaseEnded());
        List<WorkerEffect> effects =
            _driver.Tell(new Progressed([new TaskStanding(_task, _epoch, TaskPhase.Running, 1, 1, 1, 0)]));
        Assert.That(((SendProgress)effects.Single()).Tasks[0].Phase, Is.EqualTo(TaskPhase.Paused));
    }

    [Test]
    public void Progressed_OfATaskThatIsNotHeld_IsNotReported() =>
        Assert.That(
            _driver.Tell(new Progressed([new TaskStanding(_task, _epoch, TaskPhase.Running, 1, 1, 1, 0)])), Is.Empty);

    [Test]
    public void GapFound_Repeatedly_SubscribesAgainButNotWithoutPause()
    {
        _driver.Run(1, 5);
        _driver.After(1);
        Assert.That(
            _driver.Tell(new GapFound(_task, _epoch)),
            Is.EqualTo(new WorkerEffect[] { new SubscribeTask(_task, _epoch) }));
        Assert.That(_driver.Tell(new GapFound(_task, _epoch)), Is.Empty);
        Assert.That(_driver.After(0.6).OfType<SubscribeTask>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void DataStreamReset_WithinASession_SubscribesEveryRunningTask()
    {
        _driver.Run(1, 5);
        _driver.Tell(new Assigned(WorkerDriver.Grant(2, 6)));
        Assert.That(
            _driver.Tell(new DataStreamReset()),
            Is.EqualTo(new WorkerEffect[] { new SubscribeTask(_task, _epoch) }));
    }

    [Test]
    public void TaskDamaged_AfterACommit_RestoresFromThere()
    {
        _driver.Run(1, 5);
        _driver.Answer(_driver.Commit(1, 5));
        Assert.That(
            _driver.Tell(new TaskDamaged(_task, _epoch)),
            Is.EqualTo(new WorkerEffect[] { new DropTask(_task, _epoch) }));
        Assert.That(
            _driver.After(0.2).OfType<StartRestore>().Single().Grant.Restore,
            Is.EqualTo(WorkerDriver.Checkpoint(1, 5).Point));
    }
}
