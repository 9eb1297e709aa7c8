using Millrace.Common.Model;
using Millrace.Coordinator.Core.Intake;
using Millrace.Coordinator.Ingest;
using Millrace.TestKit;

namespace Millrace.Coordinator.Tests.Ingest;

[CancelAfter(30_000)]
public sealed class IntakeGateTests
{
    private readonly IntakeFlow _flow = new();
    private ManualTime _time = null!;
    private IntakeGate _gate = null!;

    [SetUp]
    public void Open()
    {
        _time = new ManualTime();
        _gate = new IntakeGate(10, 10, _time, "things");
    }

    [Test]
    public async Task Enter_WhenThereIsNoRoom_ReturnsWhenThereIs(CancellationToken cancellation)
    {
        await _gate.EnterAsync(_flow, 8, Timeout.InfiniteTimeSpan, cancellation);
        Task waits = _gate.EnterAsync(_flow, 8, Timeout.InfiniteTimeSpan, cancellation).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(700));
        IntakePressure pressure = _gate.Look();
        Assert.That(
            (pressure.Inside, pressure.Waiting, pressure.QueueTime.TotalMilliseconds), Is.EqualTo((8L, 1, 700d)));
        Assert.That(waits.IsCompleted, Is.False);
        _gate.Leave(8);
        await waits;
        Assert.That(_gate.Look(), Is.EqualTo(new IntakePressure(8, 10, 0, TimeSpan.Zero, 0)));
    }

    [Test]
    public void Enter_WhenTheLineIsFull_SaysWhenToComeAgain(CancellationToken cancellation)
    {
        _ = _gate.EnterAsync(_flow, 10, Timeout.InfiniteTimeSpan, cancellation);
        _ = _gate.EnterAsync(_flow, 10, Timeout.InfiniteTimeSpan, cancellation);
        Assert.That(Refused().RetryAfter, Is.EqualTo(IntakeGate.SoonestRetry));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(Refused().RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(3)), "as long as the line is");
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.That(Refused().RetryAfter, Is.EqualTo(IntakeGate.LatestRetry));
        Assert.That(_gate.Look().Refused, Is.EqualTo(3));

        Refusal Refused()
        {
            Refusal refusal = Assert.Throws<RefusalException>(
                () => _gate.EnterAsync(_flow, 1, TimeSpan.FromSeconds(1), cancellation))!.Refusal;
            Assert.That((refusal.Kind, refusal.Reason), Is.EqualTo((RefusalKind.ResourceExhausted, "OVERLOADED")));
            return refusal;
        }
    }

    /// <summary>What has a deadline is shed by how long it waited, whatever the length of the line.</summary>
    [Test]
    public async Task Enter_ThatMayTakeSoLong_IsTurnedAwayThen(CancellationToken cancellation)
    {
        await _gate.EnterAsync(_flow, 10, Timeout.InfiniteTimeSpan, cancellation);
        Task waits = _gate.EnterAsync(_flow, 1, TimeSpan.FromSeconds(2), cancellation).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.That(waits.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        RefusalException refused = (await Assert.ThrowsAsync<RefusalException>(() => waits))!;
        Assert.That(refused.Refusal.Reason, Is.EqualTo("OVERLOADED"));
        _gate.Leave(10);
        Assert.That(_gate.Look(), Is.EqualTo(new IntakePressure(0, 10, 0, TimeSpan.Zero, 1)));
    }

    [Test]
    public async Task Enter_OfACallerWhoLeaves_TakesNoRoom(CancellationToken cancellation)
    {
        using var call = new CancellationTokenSource();
        await _gate.EnterAsync(_flow, 9, Timeout.InfiniteTimeSpan, cancellation);
        Task gone = _gate.EnterAsync(_flow, 9, Timeout.InfiniteTimeSpan, call.Token).AsTask();
        Task next = _gate.EnterAsync(new IntakeFlow(), 1, Timeout.InfiniteTimeSpan, cancellation).AsTask();
        await call.CancelAsync();
        await Assert.CatchAsync<OperationCanceledException>(() => gone);
        await next;
        Assert.That(_gate.Look().Inside, Is.EqualTo(10));
    }
}
