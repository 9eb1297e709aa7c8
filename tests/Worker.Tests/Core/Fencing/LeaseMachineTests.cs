using Millrace.Worker.Core.Fencing;

namespace Millrace.Worker.Tests.Core.Fencing;

public sealed class LeaseMachineTests
{
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(5);

    [Test]
    public void IsValid_BeforeAnySession_IsFalse() =>
        Assert.That(new LeaseMachine().IsValid(TimeSpan.Zero), Is.False);

    [Test]
    public void Open_CountsFromTheHello_LessTheMargin()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(10));
        Assert.That((machine.IsValid(Seconds(14.4)), machine.IsValid(Seconds(14.5))), Is.EqualTo((true, false)));
    }

    [Test]
    public void Answer_ToAHeartbeat_ExtendsFromWhenItWasSentNotFromNow()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(0));
        ulong sequence = machine.Send(Seconds(1));
        machine.Send(Seconds(2));
        machine.Answer(sequence);
        Assert.That(machine.EndsAt, Is.EqualTo(Seconds(5.5)));
    }

    [Test]
    public void Answer_OutOfOrder_NeverShortensTheLease()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(0));
        ulong first = machine.Send(Seconds(1));
        ulong second = machine.Send(Seconds(2));
        machine.Answer(second);
        machine.Answer(first);
        Assert.That(machine.EndsAt, Is.EqualTo(Seconds(6.5)));
    }

    [Test]
    public void Answer_ToAHeartbeatNeverSent_ChangesNothing()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(0));
        machine.Send(Seconds(3));
        machine.Answer(0);
        machine.Answer(2);
        Assert.That(machine.EndsAt, Is.EqualTo(Seconds(4.5)));
    }

    [Test]
    public void Answer_AfterTheSessionIsGone_ChangesNothing()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(0));
        ulong sequence = machine.Send(Seconds(3));
        machine.Close();
        machine.Answer(sequence);
        Assert.That(machine.EndsAt, Is.EqualTo(Seconds(4.5)));
    }

    [Test]
    public void Answer_OfThePreviousSession_DoesNotCountForTheNewOne()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(0));
        for (int i = 0; i < 5; i++)
        {
            machine.Send(Seconds(1 + i));
        }

        machine.Close();
        machine.Open(_lease, Seconds(2));
        machine.Answer(4);
        Assert.That(machine.EndsAt, Is.EqualTo(Seconds(6.5)));
    }

    [Test]
    public void Send_InEachSession_StartsAtOne()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(0));
        machine.Send(Seconds(1));
        machine.Open(_lease, Seconds(2));
        Assert.That(machine.Send(Seconds(3)), Is.EqualTo(1));
    }

    [Test]
    public void Answer_ToAHeartbeatLongForgotten_ChangesNothing()
    {
        var machine = new LeaseMachine();
        machine.Open(_lease, Seconds(0));
        for (int i = 0; i < 1000; i++)
        {
            machine.Send(Seconds(100 + i));
        }

        machine.Answer(1);
        Assert.That(machine.EndsAt, Is.EqualTo(Seconds(4.5)));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
