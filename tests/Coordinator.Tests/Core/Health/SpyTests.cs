using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Health;

/// <summary>What a second witness beside each worker changes. The leases are the default ones.</summary>
public sealed class SpyTests
{
    private TestCluster _cluster = null!;

    [SetUp]
    public void FourWorkersWithOneTaskEach()
    {
        _cluster = Started(CoordinatorPolicy.Default with { WarmMoves = false });
        foreach (string worker in new[] { "w1", "w2", "w3", "w4" })
        {
            _cluster.Hello(worker);
        }

        _cluster.Deploy(4);
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1; w2: 2; w3: 3; w4: 4"));
    }

    private string StateOfW1 => $"{_cluster.Worker("w1").State} {_cluster.Worker("w1").StateReason}";

    private List<Effect> See(string worker, ProcessState state, int? exit = null, ulong watch = 1, ulong life = 1) =>
        _cluster.Do(new ProcessSeen(new TaskOwner(worker, life), watch, state, exit));

    /// <summary>Time passes; w1 is silent, its spy is not.</summary>
    private List<Effect> Watch(double seconds, ProcessState state)
    {
        int from = _cluster.Effects.Count;
        for (int i = 0; i < seconds * 20; i++)
        {
            See("w1", state);
            _cluster.Run(0.05, "w2", "w3", "w4");
        }

        return _cluster.Effects[from..];
    }

    [TestCase(137, "by signal 9")]
    [TestCase(1, "with exit code 1")]
    [TestCase(null, "has ended.")]
    public void Gone_Seen_MovesTheTasksAtOnce(int? exit, string words)
    {
        List<Effect> effects = See("w1", ProcessState.Gone, exit);
        Assert.Multiple(() =>
        {
            Assert.That(StateOfW1, Is.EqualTo("Lost PROCESS_GONE"));
            Assert.That(_cluster.Owners(), Does.Not.Contain("w1"));
            Assert.That(Records<EventRaised>(effects).First().Message, Does.Contain(words));
        });
    }

    [Test]
    public void Gone_OfAnotherLife_ChangesNothing()
    {
        _cluster.Hello("w1", incarnation: 2);
        Assert.That(See("w1", ProcessState.Gone, life: 1), Is.Empty);
        Assert.That(StateOfW1, Is.EqualTo("Alive REGISTERED"));
    }

    [Test]
    public void Gone_AfterARestartOfTheCoordinator_NeedsNoLease()
    {
        _cluster.Seal();
        _cluster = _cluster.Restart();
        See("w1", ProcessState.Gone);
        Assert.That(StateOfW1, Is.EqualTo("Lost PROCESS_GONE"));
    }

    [Test]
    public void Gone_OfManyAtOnce_IsNotDoubted()
    {
        foreach (string worker in new[] { "w1", "w2", "w3" })
        {
            See(worker, ProcessState.Gone);
        }

        Assert.That(_cluster.Owners(), Is.EqualTo("w4: 1 2 3 4"));
    }

    [TestCase(true, "PROCESS_STOPPED")]
    [TestCase(false, "PROCESS_PAUSED")]
    public void Silence_OfAProcessThatLives_CostsNothingBeforeThePausedLease(bool stopped, string reason)
    {
        ProcessState state = stopped ? ProcessState.Stopped : ProcessState.Running;
        Watch(14.9, state);
        Assert.That(StateOfW1, Is.EqualTo("Suspect " + reason));
        Assert.That(_cluster.Owners(), Does.StartWith("w1: 1;"));

        Watch(0.1, state);
        Assert.That(StateOfW1, Is.EqualTo("Lost PAUSED_TOO_LONG"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void CoordinatorStoodStill_LongerThanThePausedLease_ASpyThatSpeaksFirstBlamesNobody(bool stopped)
    {
        Watch(1, ProcessState.Running);
        _cluster.Pass(20);
        See("w1", stopped ? ProcessState.Stopped : ProcessState.Running);
        _cluster.Run(1, "w1", "w2", "w3", "w4");
        Assert.That(Records<EventRaised>(_cluster.Effects).Select(e => e.Reason), Has.None.EqualTo("WORKER_LOST"));
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1; w2: 2; w3: 3; w4: 4"));
    }

    [Test]
    public void Pause_ThatEnds_LeavesTheWorkerAlive()
    {
        Watch(10, ProcessState.Stopped);
        See("w1", ProcessState.Running);
        _cluster.Run(1, "w1", "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Alive HEARTBEATS_ARRIVE"));
    }

    [Test]
    public void Silence_OfBoth_LosesTheWorkerBeforeTheLeaseEnds()
    {
        Watch(1, ProcessState.Running);
        _cluster.Run(5, "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Lost SILENT_WITH_SPY"));
        EventRaised lost = Records<EventRaised>(_cluster.Effects).Single(e => e.Reason == "WORKER_LOST");
        Assert.That(lost.Message, Does.Contain("neither it nor its spy was heard of for 2."));
    }

    [Test]
    public void Silence_OfTheSpyAlone_ChangesNothing()
    {
        See("w1", ProcessState.Running);
        _cluster.Do(new WatchEnded(new TaskOwner("w1", 1), 1));
        _cluster.Run(60, "w1", "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Alive HEARTBEATS_ARRIVE"));
    }

    [Test]
    public void BrokenStream_OfAProcessThatLives_IsWaitedForALease()
    {
        See("w1", ProcessState.Running);
        _cluster.Do(new SessionBroken("w1", 1));
        Watch(2.9, ProcessState.Running);
        Assert.That(StateOfW1, Is.EqualTo("Suspect STREAM_BROKEN"));
        Watch(0.1, ProcessState.Running);
        Assert.That(StateOfW1, Is.EqualTo("Lost STREAM_BROKEN"));
    }

    [Test]
    public void BrokenStream_TogetherWithTheSpys_CostsOnlyTheGrace()
    {
        See("w1", ProcessState.Running);
        _cluster.Do(new SessionBroken("w1", 1));
        _cluster.Do(new WatchEnded(new TaskOwner("w1", 1), 1));
        _cluster.Run(0.5, "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Lost STREAM_BROKEN"));
    }

    [Test]
    public void WatchEnded_OfAnOlderStream_ChangesNothing()
    {
        See("w1", ProcessState.Running, watch: 1);
        See("w1", ProcessState.Running, watch: 2);
        _cluster.Do(new WatchEnded(new TaskOwner("w1", 1), 1));
        _cluster.Do(new SessionBroken("w1", 1));
        _cluster.Run(0.6, "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Suspect STREAM_BROKEN"), "the newer one still vouches for it");
    }

    [Test]
    public void Silence_OfTwoInFour_IsDoubtedForTwoLeases()
    {
        List<Effect> effects = _cluster.Run(6.5, "w3", "w4");
        Assert.Multiple(() =>
        {
            Assert.That(StateOfW1, Is.EqualTo("Suspect EVICTIONS_HELD"));
            Assert.That(Raised(effects), Is.EqualTo("EVICTIONS_HELD"));
            Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1; w2: 2; w3: 3; w4: 4"));
        });

        _cluster.Run(1, "w3", "w4");
        Assert.That(_cluster.Owners(), Is.EqualTo("w3: 2 3; w4: 1 4").Or.EqualTo("w3: 1 3; w4: 2 4"));
    }

    [Test]
    public void Silence_OfTwoAfterTheCoordinatorWokeLate_IsForgivenFirst()
    {
        _cluster.Run(1, "w1", "w2", "w3", "w4");
        _cluster.Pass(2.9);
        _cluster.Do(new Tick());
        _cluster.Run(2.5, "w2", "w3", "w4");
        Assert.That(StateOfW1, Does.StartWith("Suspect"));
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1; w2: 2; w3: 3; w4: 4"));
    }

    /// <summary>A link that is full of events holds up heartbeats and the spy's reports alike.</summary>
    [Test]
    public void Silent_WithItsSpy_WhileCreditsCome_KeepsItsTasks()
    {
        See("w1", ProcessState.Running);
        for (int i = 0; i < 20; i++)
        {
            _cluster.Do(new WorkerHeard("w1", _cluster.SessionOf("w1")));
            _cluster.Run(1, "w2", "w3", "w4");
            Assert.That(StateOfW1, Does.StartWith("Suspect"), $"after {i + 1} s");
        }

        _cluster.Run(1.9, "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Lost SILENT_WITH_SPY"));
        Assert.That(_cluster.Owners(), Does.Not.Contain("w1"));
    }

    [Test]
    public void Silent_WithoutASpy_WhileCreditsCame_IsLostALeaseAfterTheLast()
    {
        _cluster.Run(1, "w2", "w3", "w4");
        _cluster.Do(new WorkerHeard("w1", _cluster.SessionOf("w1")));
        _cluster.Run(2.9, "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Suspect HEARTBEAT_LATE"));
        _cluster.Run(0.2, "w2", "w3", "w4");
        Assert.That(StateOfW1, Is.EqualTo("Lost LEASE_EXPIRED"));
    }

    [Test]
    public void Heard_OfAnEarlierSession_ProvesNothing()
    {
        ulong before = _cluster.SessionOf("w1");
        _cluster.Hello("w1");
        for (int i = 0; i < 8; i++)
        {
            _cluster.Do(new WorkerHeard("w1", before));
            _cluster.Run(0.5, "w2", "w3", "w4");
        }

        Assert.That(StateOfW1, Is.EqualTo("Lost LEASE_EXPIRED"));
    }
}
