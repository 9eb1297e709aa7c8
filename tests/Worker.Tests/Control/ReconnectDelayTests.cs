using Millrace.Worker.Control;

namespace Millrace.Worker.Tests.Control;

public sealed class ReconnectDelayTests
{
    [Test]
    public void Next_ForTheFirstSecond_IsShortThenGrowsToALimit()
    {
        var delay = new ReconnectDelay(new Random(1));
        double[] first = [.. Enumerable.Range(0, 20).Select(_ => delay.Next().TotalMilliseconds)];
        double[] later = [.. Enumerable.Range(0, 20).Select(_ => delay.Next().TotalMilliseconds)];
        Assert.Multiple(() =>
        {
            Assert.That(first, Has.All.InRange(25, 50));
            Assert.That(later[1], Is.InRange(50, 100));
            Assert.That(later[^1], Is.InRange(1000, 2000));
        });
    }

    [Test]
    public void Next_AfterReset_IsShortAgain()
    {
        var delay = new ReconnectDelay(new Random(1));
        for (int i = 0; i < 40; i++)
        {
            delay.Next();
        }

        delay.Reset();
        Assert.That(delay.Next().TotalMilliseconds, Is.AtMost(50));
    }
}
