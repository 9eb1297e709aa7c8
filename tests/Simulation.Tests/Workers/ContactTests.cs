using Millrace.Checking.Histories;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;
using Millrace.Simulation.Run;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Tests.Workers;

/// <summary>V22: what speaks against giving a worker up. Its lease is 2 s, and paused it is waited for 6 s.</summary>
public sealed class ContactTests
{
    private const long Second = 1_000_000;

    private Life _worker = null!;
    private Life _coordinator = null!;
    private World _world = null!;
    private Contact _contact = null!;
    private StreamEnd _session = null!;
    private StreamEnd _watch = null!;

    [SetUp]
    public void Open()
    {
        _worker = new Life("worker-1", 1);
        _coordinator = new Life("coordinator", 1);
        SimOptions options = SimOptions.Of(1) with
        {
            Lease = TimeSpan.FromSeconds(2), PausedLease = TimeSpan.FromSeconds(6),
        };
        var random = new SimRandom(1);
        var scheduler = new Scheduler(random);
        var network = new SimNetwork(scheduler, random, new NetworkLimits(100, 1_000, Second));
        _world = new World(options, random, scheduler, network, new History(), new Trace(scheduler, null));
        _contact = new Contact(_world);
        _session = network.Connect(_worker, "coordinator", () => _coordinator, _ => { });
        _watch = network.Connect(new Life("spy", 1, "worker-1"), "coordinator", () => _coordinator, _ => { });
        _contact.Dialed(_worker, _session);
        _contact.Watched(_worker, _watch);
        _session.Send(new SessionHeartbeat(1));
        At(1 * Second);
    }

    [Test]
    public void Contradicts_AHeartbeatCameLately_TellsOfIt()
    {
        _session.Send(new SessionHeartbeat(2));
        At(1 * Second + 500_000);
        Assert.That(Against(), Does.Contain("said so"));
    }

    [Test]
    public void Contradicts_NothingCameForALease_IsNull()
    {
        At(4 * Second);
        Assert.That(Against(), Is.Null);
    }

    [TestCase(5, true)]
    [TestCase(7, false)]
    public void Contradicts_SilentButVouchedFor_HoldsForThePatienceOnly(int silentS, bool holds)
    {
        At(silentS * Second - 500_000);
        _watch.Send(new WatchSaid(new TaskOwner("worker-1", 1), ProcessState.Stopped));
        At(silentS * Second);
        Assert.That(Against(), holds ? Does.Contain("its spy") : Is.Null);
    }

    [TestCase(3_200_000L, true)]
    [TestCase(4_000_000L, false)]
    public void Contradicts_StreamBrokeAtTwoSecondsButVouchedFor_HoldsForALeaseOnly(long atUs, bool holds)
    {
        At(2 * Second);
        _session.Abort();
        At(atUs - 500_000);
        _watch.Send(new WatchSaid(new TaskOwner("worker-1", 1), ProcessState.Running));
        At(atUs);
        Assert.That(Against(), holds ? Does.Contain("its stream broke 1200 ms before") : Is.Null);
    }

    [Test]
    public void Contradicts_VouchedForBeforeItWasHeardOf_IsNull()
    {
        var worker = new Life("worker-1", 2);
        StreamEnd session = _world.Network.Connect(worker, "coordinator", () => _coordinator, _ => { });
        StreamEnd watch = _world.Network.Connect(
            new Life("spy", 2, "worker-1"), "coordinator", () => _coordinator, _ => { });
        _contact.Dialed(worker, session);
        _contact.Watched(worker, watch);
        watch.Send(new WatchSaid(new TaskOwner("worker-1", 2), ProcessState.Running));
        At(1 * Second + 300_000);
        session.Send(new SessionHeartbeat(1));
        At(1 * Second + 400_000);
        session.Abort();
        At(1 * Second + 900_000);
        Assert.That(Against(), Is.Null);
        watch.Send(new WatchSaid(new TaskOwner("worker-1", 2), ProcessState.Running));
        At(1 * Second + 950_000);
        Assert.That(Against(), Does.Contain("its spy said so"));
    }

    [Test]
    public void Contradicts_StreamBrokeAndNobodyVouches_IsNull()
    {
        _session.Send(new SessionHeartbeat(2));
        At(2 * Second);
        _session.Abort();
        At(2 * Second + 100_000);
        Assert.That(Against(), Is.Null);
    }

    [Test]
    public void Contradicts_TheWordWasNotReadYet_IsNull()
    {
        At(4 * Second);
        _session.Send(new SessionHeartbeat(2));
        At(4 * Second + 100_000);
        Assert.That(_contact.Contradicts(_coordinator, 0, readUs: 4 * Second), Is.Null);
    }

    [Test]
    public void Contradicts_TheProcessHasEnded_IsNull()
    {
        _worker.End();
        Assert.That(Against(), Is.Null);
    }

    private string? Against() => _contact.Contradicts(_coordinator, 0, readUs: _world.Scheduler.NowUs);

    private void At(long us) => _world.Scheduler.RunUntil(us);
}
