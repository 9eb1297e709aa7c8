using Millrace.Coordinator.Core.Health;

namespace Millrace.Coordinator.Tests.Core.Health;

public sealed class PhiTests
{
    /// <summary>Quantiles from tables of the normal distribution.</summary>
    [TestCase(1, 1.281552)]
    [TestCase(3, 3.090232)]
    [TestCase(5, 4.264891)]
    [TestCase(8, 5.612001)]
    [TestCase(12, 7.034484)]
    public void Quantile_OfTheUsualThresholds_IsExact(double phi, double deviations)
    {
        Assert.That(Phi.Quantile(phi), Is.EqualTo(deviations).Within(1e-5));
        Assert.That(Phi.Of(Phi.Quantile(phi)), Is.EqualTo(phi).Within(1e-9));
    }

    [Test]
    public void Of_MoreAndMoreDeviations_RisesWithoutEnd()
    {
        double[] all = [.. Enumerable.Range(-40, 160).Select(i => Phi.Of(i / 4.0))];
        Assert.That(all, Is.Ordered.Ascending);
        Assert.That(all.Skip(20), Is.Unique);
        Assert.That(double.IsFinite(all[^1]));
    }

    [Test]
    public void Rhythm_OfJitteredHeartbeats_IsThatOfTheNewestOnes()
    {
        var rhythm = new HeartbeatRhythm(TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(50));
        for (int i = 0; i < 1_000; i++)
        {
            rhythm.Add(TimeSpan.FromSeconds(1));
        }

        for (int i = 0; i < 200; i++)
        {
            rhythm.Add(TimeSpan.FromMilliseconds(i % 2 == 0 ? 100 : 400));
        }

        Assert.That(rhythm.Mean, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
        Assert.That(rhythm.Deviation, Is.EqualTo(TimeSpan.FromMilliseconds(150)));
    }

    [Test]
    public void Rhythm_OfFewHeartbeats_IsTheOneExpected()
    {
        var rhythm = new HeartbeatRhythm(TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(50));
        rhythm.Add(TimeSpan.Zero);
        Assert.That(rhythm.Mean, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
        Assert.That(rhythm.Deviation, Is.EqualTo(TimeSpan.FromMilliseconds(50)));
    }
}
