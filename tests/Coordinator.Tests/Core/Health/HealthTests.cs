using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Health;

public sealed class HealthTests
{
    private TestCluster _cluster = null!;

    [SetUp]
    public void TwoWorkersWithTwoTasksEach()
    {
        _cluster = Started();
        _cluster.Hello("w1");
        _cluster.Hello("w2");
        _cluster.Deploy(4);
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));
    }

    private string StateOf(string worker) => $"{_cluster.Worker(worker).State} {_cluster.Worker(worker).StateReason}";

    [Test]
    public void Heartbeat_InItsSession_IsAnsweredAndKeepsTheWorkerAlive()
    {
        List<Effect> effects = _cluster.Run(30, "w1", "w2");
        Assert.Multiple(() =>
        {
            Assert.That(effects.OfType<AnswerHeartbeat>().Count(), Is.EqualTo(1200));
            Assert.That(effects, Has.All.InstanceOf<AnswerHeartbeat>());
            Assert.That(StateOf("w1"), Is.EqualTo("Alive HEARTBEATS_ARRIVE"));
        });
    }

    [Test]
    public void Silence_ForASecond_MakesSuspectAndMovesNothing()
    {
        List<Effect> effects = _cluster.Run(1, "w2");
        Assert.That(StateOf("w1"), Is.EqualTo("Suspect HEARTBEAT_LATE"));
        Assert.That(effects.OfType<AppendRecord>(), Is.Empty);

        _cluster.Beat("w1");
        Assert.That(StateOf("w1"), Is.EqualTo("Alive HEARTBEATS_ARRIVE"));
    }

    [Test]
    public void Silence_ForTheLease_LosesTheWorkerAndMovesItsTasks()
    {
        _cluster.Run(4.9, "w2");
        Assert.That(StateOf("w1"), Is.EqualTo("Suspect HEARTBEAT_LATE"));

        List<Effect> effects = _cluster.Run(0.1, "w2");
        Assert.Multiple(() =>
        {
            Assert.That(StateOf("w1"), Is.EqualTo("Lost LEASE_EXPIRED"));
            Assert.That(_cluster.Owners(), Is.EqualTo("w2: 1 2 3 4"));
            Assert.That(Raised(effects), Is.EqualTo("WORKER_LOST TASKS_MOVED"));
            Assert.That(effects.OfType<EndSession>().Single().Why.Reason, Is.EqualTo("STALE_SESSION"));
        });
    }

    [Test]
    public void BrokenStream_WithoutANewOne_LosesTheWorkerAfterTheGrace()
    {
        _cluster.Do(new SessionBroken("w1", 1));
        Assert.That(StateOf("w1"), Is.EqualTo("Suspect STREAM_BROKEN"));

        _cluster.Run(0.45, "w2");
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));

        List<Effect> effects = _cluster.Run(0.05, "w2");
        Assert.Multiple(() =>
        {
            Assert.That(StateOf("w1"), Is.EqualTo("Lost STREAM_BROKEN"));
            Assert.That(_cluster.Owners(), Is.EqualTo("w2: 1 2 3 4"));
            Assert.That(effects.OfType<EndSession>(), Is.Empty, "there is no stream to end");
        });
    }

    [Test]
    public void BrokenStream_WithANewOneInTime_KeepsTheTasks()
    {
        _cluster.Do(new SessionBroken("w1", 1));
        _cluster.Run(0.4, "w2");
        HeldTask[] held =
        [
            .. new ulong[] { 1, 3 }.Select(_cluster.Task).Select(t => new HeldTask(t.Id, t.Epoch, 0)),
        ];
        List<Effect> effects = _cluster.Hello("w1", held: held);
        _cluster.Run(10, "w1", "w2");
        Assert.Multiple(() =>
        {
            Assert.That(Told<Assign>(effects, "w1").Select(a => (a.Task.Value, a.Confirmed)),
                Is.EqualTo(new[] { (1UL, true), (3UL, true) }));
            Assert.That(effects.OfType<AppendRecord>(), Is.Empty);
            Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));
        });
    }

    [Test]
    public void BrokenStream_OfAnOlderSession_ChangesNothing()
    {
        _cluster.Hello("w1");
        _cluster.Do(new SessionBroken("w1", 1));
        Assert.That(StateOf("w1"), Is.EqualTo("Alive REGISTERED"));
    }

    [Test]
    public void Goodbye_Always_MovesTheTasksAtOnce()
    {
        List<Effect> effects = _cluster.Do(new WorkerGoodbye("w1", 1, "SIGTERM"));
        Assert.Multiple(() =>
        {
            Assert.That(StateOf("w1"), Is.EqualTo("Left GOODBYE"));
            Assert.That(_cluster.Owners(), Is.EqualTo("w2: 1 2 3 4"));
            Assert.That(Records<TaskAssigned>(effects).Select(r => r.Reason), Is.All.EqualTo(AssignReason.Drain));
            Assert.That(Raised(effects), Is.EqualTo("WORKER_LEFT TASKS_MOVED"));
            Assert.That(effects.OfType<Tell>().Where(t => t.Worker == "w1"), Is.Empty);
        });
    }

    [Test]
    public void Goodbye_ThenTheStreamEnds_StaysLeft()
    {
        _cluster.Do(new WorkerGoodbye("w1", 1, "SIGTERM"));
        Assert.That(_cluster.Do(new WorkerHeartbeat("w1", 1, 9, Idle)), Is.Empty);
        _cluster.Do(new SessionBroken("w1", 1));
        _cluster.Run(10, "w2");
        Assert.That(StateOf("w1"), Is.EqualTo("Left GOODBYE"));
    }

    [Test]
    public void Heartbeat_AfterTheWorkerWasLost_EndsTheSessionUnanswered()
    {
        _cluster.Run(5, "w2");
        List<Effect> effects = _cluster.Do(new WorkerHeartbeat("w1", 1, 7, Idle));
        Assert.That(effects.Single(), Is.InstanceOf<EndSession>());
    }

    [Test]
    public void CoordinatorStoodStill_LongerThanTheLease_BlamesNobody()
    {
        _cluster.Run(1, "w1", "w2");
        _cluster.Pass(60);
        _cluster.Do(new Tick());
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));

        _cluster.Run(4, "w2");
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));

        _cluster.Run(1.1, "w2");
        Assert.That(_cluster.Owners(), Is.EqualTo("w2: 1 2 3 4"), "silence after the pause does count");
    }

    [Test]
    public void CoordinatorStoodStill_BeforeItsFirstTick_BlamesNobody()
    {
        _cluster.Seal();
        _cluster = _cluster.Restart();
        _cluster.Hello("w1", session: 7);
        _cluster.Pass(60);
        _cluster.Do(new Tick());
        _cluster.Run(1, "w1");
        Assert.That(StateOf("w1"), Does.StartWith("Alive"));
        Assert.That(Raised(_cluster.Effects), Does.Not.Contain("WORKER_LOST"));
    }

    [Test]
    public void Losses_OfManyWorkersAtOnce_AreSpreadOverTicks()
    {
        TestCluster cluster = Started(CoordinatorPolicy.Default with { LossesPerTick = 2 });
        for (int i = 0; i < 5; i++)
        {
            cluster.Hello($"w{i}");
        }

        double doubted = cluster.Policy.Lease.TotalSeconds * cluster.Policy.Detection.DoubtLeases;
        cluster.Run(doubted + Seconds(Diagnosis.SuspectAfter(NewRhythm(cluster.Policy), cluster.Policy)));
        Assert.That(Enumerable.Range(0, 4).Select(_ => Raised(cluster.Run(0.05)).Split().Length), Is.EqualTo(new[]
        {
            2, 2, 1, 1,
        }));
    }

    [Test]
    public void WallClock_Jumping_LosesNobody()
    {
        _cluster.UnixMs += 3_600_000;
        _cluster.Run(1, "w1", "w2");
        _cluster.UnixMs -= 7_200_000;
        _cluster.Run(1, "w1", "w2");
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 3; w2: 2 4"));
    }

    [Test]
    public void LostWorker_AfterAnHour_IsForgotten()
    {
        _cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        _cluster.Run(1, "w2");
        _cluster.Pass(3600);
        _cluster.Do(new Tick());
        Assert.That(_cluster.View.Workers.Select(w => w.Name), Is.EqualTo(new[] { "w2" }));
    }

    [Test]
    public void Suspect_WhenOrphansAreGivenOut_GetsNothing()
    {
        _cluster.Hello("w3");
        _cluster.Beat("w2");
        _cluster.Run(1.05, "w2");
        Assert.That(_cluster.Worker("w3").State, Is.EqualTo(WorkerState.Suspect));
        _cluster.Do(new WorkerGoodbye("w1", 1, "x"));
        Assert.That(_cluster.Owners(), Is.EqualTo("w2: 1 2 3 4"));
    }

    private static HeartbeatRhythm NewRhythm(CoordinatorPolicy policy) =>
        new(policy.HeartbeatInterval, policy.Detection.LeastDeviation);

    /// <summary>Rounded down to whole ticks.</summary>
    private static double Seconds(TimeSpan time) => Math.Floor(time.TotalMilliseconds / 50) * 0.05;

    private static WorkerLoad Idle => new(0, 0, 0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
}
