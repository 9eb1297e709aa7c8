using Millrace.Common.Wire;
using Millrace.Worker.Run;

namespace Millrace.Worker.Tests.Run;

public sealed class RunMailboxTests
{
    private static readonly BlockDelivery _delivery = new(new RawFetchResponse(), 1);

    [Test]
    public void TryPost_BeyondTheBound_RefusesUntilSomethingWasTaken()
    {
        var mailbox = new RunMailbox(2, 1);
        Assert.That(
            Enumerable.Range(0, 3).Select(_ => mailbox.TryPost(new LookAgain())),
            Is.EqualTo(new[] { true, true, false }));
        mailbox.TryTakeCommand(out _);
        Assert.That(mailbox.TryPost(new LookAgain()), Is.True);
    }

    [Test]
    public async Task DeliverAsync_BeyondTheBound_WaitsUntilHalfIsTaken()
    {
        var mailbox = new RunMailbox(1, 2);
        await mailbox.DeliverAsync(_delivery, default);
        await mailbox.DeliverAsync(_delivery, default);
        Task third = mailbox.DeliverAsync(_delivery, default).AsTask();
        Assert.That(third.IsCompleted, Is.False);
        mailbox.TryTakeDelivery(out _);
        await third;
        Assert.That(mailbox.TryTakeDelivery(out _) && mailbox.TryTakeDelivery(out _), Is.True);
    }

    [Test]
    public async Task Close_WithADeliveryWaiting_LetsItGo()
    {
        var mailbox = new RunMailbox(1, 1);
        await mailbox.DeliverAsync(_delivery, default);
        Task second = mailbox.DeliverAsync(_delivery, default).AsTask();
        mailbox.Close();
        await second;
        Assert.That((mailbox.TryTakeDelivery(out _), mailbox.TryPost(new LookAgain())), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task DeliverAsync_WhenCancelledWhileWaiting_Throws()
    {
        var mailbox = new RunMailbox(1, 1);
        await mailbox.DeliverAsync(_delivery, default);
        using var cancel = new CancellationTokenSource();
        Task second = mailbox.DeliverAsync(_delivery, cancel.Token).AsTask();
        await cancel.CancelAsync();
        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Wait_WithSomethingThereOrClosed_ReturnsAtOnce()
    {
        var mailbox = new RunMailbox(1, 1);
        mailbox.TryPost(new LookAgain());
        Assert.That(mailbox.Wait(false, Timeout.InfiniteTimeSpan), Is.True);
        mailbox.Close();
        Assert.That(mailbox.Wait(false, Timeout.InfiniteTimeSpan), Is.False);
    }
}
