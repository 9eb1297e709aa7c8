using Millrace.Common.Wire;

namespace Millrace.Common.Tests.Wire;

public sealed class WakeSignalTests
{
    [Test]
    public async Task WaitAsync_AfterManySignals_ReturnsOnce()
    {
        var signal = new WakeSignal();
        signal.Set();
        signal.Set();
        await signal.WaitAsync(CancellationToken.None);
        ValueTask second = signal.WaitAsync(CancellationToken.None);
        Assert.That(second.IsCompleted, Is.False);
        signal.Set();
        await second;
    }

    [Test]
    public void WaitAsync_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.That(
            async () => await new WakeSignal().WaitAsync(source.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }
}
