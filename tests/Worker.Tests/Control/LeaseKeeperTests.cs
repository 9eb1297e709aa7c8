using Millrace.Protocol.Worker.V1;
using Millrace.TestKit;
using Millrace.Worker.Control;
using Millrace.Worker.Core;
using Millrace.Worker.Run;

namespace Millrace.Worker.Tests.Control;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LeaseKeeperTests
{
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(250);

    private readonly ManualTime _time = new();
    private readonly Ears _ears = new();
    private readonly LeaseGate _gate;
    private readonly LeaseKeeper _keeper;

    public LeaseKeeperTests()
    {
        var clock = new WorkerClock(_time);
        _gate = new LeaseGate(clock);
        _keeper = new LeaseKeeper(clock, _gate, _ears, new ProcessProbe(_time));
    }

    [TearDown]
    public void Stop() => _keeper.Dispose();

    [Test]
    public void Beat_InASession_SendsAHeartbeatEachInterval()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        Pass(1);
        Assert.That(_ears.Beats.Select(beat => beat.Sequence), Is.EqualTo(Enumerable.Range(1, 5)));
    }

    [Test]
    public void Beat_WithoutASession_SendsNone()
    {
        Pass(1);
        Assert.That(_ears.Beats, Is.Empty);
    }

    [Test]
    public void Beat_WhenTheThreadWokeLate_TellsHowLate()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        _keeper.Beat();
        _time.Advance(TimeSpan.FromMilliseconds(400));
        _keeper.Beat();
        Assert.That(_ears.Beats[^1].TickLatenessUs, Is.EqualTo(150_000));
    }

    [Test]
    public void Beat_AfterThisProcessStoodStill_DoesNotTakeThatForSilenceOfTheOther()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        _keeper.Beat();
        _time.Advance(_lease * 2);
        _keeper.Beat();
        Assert.That(_ears.Told, Is.EqualTo(new WorkerInput[] { new LeaseEnded() }));
        Assert.That(_ears.GivenUp, Is.False, "the answers may lie here unread");
        Pass(5.5);
        Assert.That(_ears.GivenUp, Is.True);
    }

    [Test]
    public void Beat_InASession_TellsWhatTheProcessUses()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        _keeper.Beat();
        Assert.Multiple(() =>
        {
            Assert.That(_ears.Beats[0].MemoryBytes, Is.GreaterThan(1 << 20));
            Assert.That(_ears.Beats[0].MemoryLimitBytes, Is.GreaterThan(_ears.Beats[0].MemoryBytes));
            Assert.That(_ears.Beats[0].CpuRatio, Is.InRange(0, 1));
        });
    }

    [Test]
    public void Beat_WithoutAnswers_EndsTheLeaseOnceAndGivesTheSessionUp()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        Pass(4.25);
        Assert.That((_gate.IsOpen, _ears.Told.Count), Is.EqualTo((true, 0)));
        Pass(0.5);
        Assert.That(_gate.IsOpen, Is.False);
        Assert.That(_ears.Told, Is.EqualTo(new WorkerInput[] { new LeaseEnded() }));
        Assert.That(_ears.GivenUp, Is.False);
        Pass(1);
        Assert.That(_ears.GivenUp, Is.True);
        Assert.That(_ears.Told, Has.Count.EqualTo(1));
    }

    [Test]
    public void Answer_AfterTheEnd_RenewsTheLease()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        Pass(4.75);
        _keeper.Answer(_ears.Beats[^1].Sequence);
        Assert.That(_gate.IsOpen, Is.True);
        Assert.That(_ears.Told, Is.EqualTo(new WorkerInput[] { new LeaseEnded(), new LeaseRenewed() }));
    }

    [Test]
    public void Answer_InTime_KeepsTheLeaseWithoutAWord()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        for (int i = 0; i < 60; i++)
        {
            Pass(0.25);
            _keeper.Answer(_ears.Beats[^1].Sequence);
        }

        Assert.That((_gate.IsOpen, _ears.Told.Count, _ears.GivenUp), Is.EqualTo((true, 0, false)));
    }

    [Test]
    public void Close_OfTheSession_LetsTheLeaseRunOut()
    {
        _keeper.Open(_lease, _interval, TimeSpan.Zero, _ears);
        Pass(1);
        _keeper.Close();
        int beats = _ears.Beats.Count;
        Pass(4);
        Assert.That(_ears.Beats, Has.Count.EqualTo(beats));
        Assert.That(_ears.Told, Is.EqualTo(new WorkerInput[] { new LeaseEnded() }));
    }

    private void Pass(double seconds)
    {
        _keeper.Beat();
        for (double passed = 0; passed < seconds; passed += 0.25)
        {
            _time.Advance(TimeSpan.FromSeconds(0.25));
            _keeper.Beat();
        }
    }

    private sealed class Ears : IWorkerInbox, IHeartbeatSink
    {
        public List<WorkerInput> Told { get; } = [];

        public List<Heartbeat> Beats { get; } = [];

        public bool GivenUp { get; private set; }

        public void Post(WorkerInput input) => Told.Add(input);

        public void TrySend(Heartbeat heartbeat) => Beats.Add(heartbeat);

        public void GiveUp() => GivenUp = true;
    }
}
