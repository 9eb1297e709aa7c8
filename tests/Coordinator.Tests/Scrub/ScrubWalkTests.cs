using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Scrub;
using Millrace.TestKit;

namespace Millrace.Coordinator.Tests.Scrub;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ScrubWalkTests
{
    private static readonly DamageFound _damage = new ControlSnapshotDamageFound(1, "bad");

    private readonly ManualTime _time = new();
    private readonly List<DamageFound> _found = [];

    [Test]
    public void Step_AsFastAsItMay_ReadsNoMoreThanAllowedInASecond()
    {
        using ScrubWalk walk = Walk(new ScrubOptions(1000, TimeSpan.Zero), 300, 100, 200, 400);
        long read = 0;
        while (_time.GetUtcNow() < DateTimeOffset.UnixEpoch.AddSeconds(60))
        {
            _time.Advance(walk.Step());
            read = (long)walk.Status.Bytes;
        }

        Assert.That(read, Is.InRange(59_000, 61_000));
    }

    [Test]
    public void Step_AtAPassesEnd_WaitsForTheRestOfTheInterval()
    {
        using ScrubWalk walk = Walk(new ScrubOptions(1000, TimeSpan.FromSeconds(10)), 2000, 1000);
        TimeSpan[] waits = [.. Enumerable.Range(0, 4).Select(_ => Step(walk).Waited)];
        Assert.That(waits.Select(w => w.TotalSeconds), Is.EqualTo(new[] { 2, 1, 7, 2 }));
        Assert.That(walk.Status.Passes, Is.EqualTo(1));
        Assert.That(walk.Status.LastPass, Is.EqualTo(DateTimeOffset.UnixEpoch.AddSeconds(3)));
    }

    [Test]
    public void Step_UponDamage_SaysSoAtOnceAndGoesOn()
    {
        using ScrubWalk walk = Walk(new ScrubOptions(1000, TimeSpan.Zero), -5, 7);
        walk.Step();
        Assert.That(_found, Is.EqualTo(new[] { _damage }));
        walk.Step();
        Assert.That(walk.Status.Bytes, Is.EqualTo(12));
    }

    private (TimeSpan Waited, ScrubStatus Status) Step(ScrubWalk walk)
    {
        TimeSpan wait = walk.Step();
        _time.Advance(wait);
        return (wait, walk.Status);
    }

    /// <param name="pieces">Their sizes; below zero: damaged.</param>
    private ScrubWalk Walk(ScrubOptions options, params int[] pieces) =>
        new([new Pieces(pieces[..1]), new Pieces(pieces[1..])], options, _time, _found.Add);

    private sealed class Pieces(int[] sizes) : IScrubbed
    {
        public IEnumerable<ScrubPiece> Pass() =>
            sizes.Select(size => new ScrubPiece(Math.Abs(size), size < 0 ? _damage : null));
    }
}
