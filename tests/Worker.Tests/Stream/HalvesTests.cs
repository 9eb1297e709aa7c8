using Millrace.Worker.Stream;

namespace Millrace.Worker.Tests.Stream;

public sealed class HalvesTests
{
    [Test]
    public async Task RunAsync_WhenOneEnds_CancelsTheOtherAndReturns()
    {
        bool cancelled = false;
        await Halves.RunAsync(
            [
                _ => Task.CompletedTask,
                async ending =>
                {
                    await new TaskCompletionSource().Task.WaitAsync(ending).ConfigureAwait(
                        ConfigureAwaitOptions.SuppressThrowing);
                    cancelled = true;
                },
            ],
            default);
        Assert.That(cancelled, Is.True);
    }

    [Test]
    public void RunAsync_WhenOneFails_ThrowsItsFailureNotTheOthersCancellation() =>
        Assert.That(
            async () => await Halves.RunAsync(
                [
                    ending => new TaskCompletionSource().Task.WaitAsync(ending),
                    _ => Task.FromException(new IOException("gone")),
                ],
                default),
            Throws.InstanceOf<IOException>());
}
