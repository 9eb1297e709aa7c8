using Millrace.Worker.Control;

namespace Millrace.Worker.Tests.Control;

public sealed class ReconnectDelayTests
{
    [Test]
    public void Next_ForTheFirstSecond_IsShortThenGrowsToALimit()
    {
        var delay = new ReconnectDelay(new Random(1));
        double[] delays = [.. Enumerable.Range(0, 100).Select(_ => delay.Next().TotalMilliseconds)];
        Assert.Multiple(() =>
        {
            Assert.That(delays[..25], Has.All.InRange(25, 50));
            Assert.That(delays[25..75], Has.All.InRange(125, 250));
            Assert.That(delays[75..], Has.All.InRange(1000, 2000));
            Assert.That(delays.Distinct().Count(), Is.GreaterThan(90));
        });
    }

    [Test]
    public void Next_AfterReset_IsShortAgain()
    {
        var delay = new ReconnectDelay(new Random(1));
        for (int i = 0; i < 100; i++)
        {
            delay.Next();
        }

        delay.Reset();
        Assert.That(delay.Next().TotalMilliseconds, Is.AtMost(50));
    }
}
