using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core;

/// <summary>The coordinator is to know what may be about to take the process down.</summary>
public sealed class TrialTests
{
    private static readonly TaskId _task = new(1);
    private static readonly Epoch _epoch = new(5);
    private static readonly Trial _trial = new(3, Waits: true);
    private static readonly Allowance _leave = new(3, 4);

    private WorkerDriver _driver = null!;

    [SetUp]
    public void OneTask()
    {
        _driver = new WorkerDriver();
        _driver.Connect();
        _driver.Tell(new Assigned(Grant()));
        _driver.Tell(new Restored(_task, _epoch));
    }

    [Test]
    public void Trial_WithoutLeave_IsAskedForUntilThereIsSome()
    {
        Assert.That(_driver.Tell(new TrialFound(_task, _epoch, _trial)), Has.Member(Sent(_trial)));
        Assert.That(_driver.After(1.5), Has.Member(Sent(_trial)));
        Assert.That(
            _driver.Tell(new LeaveGiven(_task, _epoch, _leave)), Has.Member(new TellLeave(_task, _epoch, _leave)));
        Assert.That(_driver.After(1.5).OfType<SendTrial>(), Is.Empty);
    }

    [Test]
    public void Trial_ThatHasLeave_IsToldAgainInANewSession()
    {
        _driver.Tell(new TrialFound(_task, _epoch, _trial));
        _driver.Tell(new LeaveGiven(_task, _epoch, _leave));
        Assert.That(Reconnect(), Has.Member(Sent(_trial)));
    }

    [Test]
    public void Trial_ThatIsOver_IsToldOnceInEachSession()
    {
        Trial none = _trial with { Waits = false };
        Assert.That(_driver.Tell(new TrialFound(_task, _epoch, none)), Has.Member(Sent(none)));
        Assert.That(_driver.After(5).OfType<SendTrial>(), Is.Empty);
        Assert.That(Reconnect(), Has.Member(Sent(none)));
    }

    [Test]
    public void Trial_AfterLeaveForEverything_IsNotToldInANewSession()
    {
        _driver.Tell(new TrialFound(_task, _epoch, _trial));
        _driver.Tell(new LeaveGiven(_task, _epoch, new Allowance(3, Allowance.All)));
        Assert.That(Reconnect().OfType<SendTrial>(), Is.Empty);
        Assert.That(_driver.After(5).OfType<SendTrial>(), Is.Empty);
    }

    private static SendTrial Sent(Trial trial) => new(_task, _epoch, trial);

    private static TaskGrant Grant() => new(
        _task, _epoch, "count", new KeyGroupRange(0, 16), 16, RestorePoint.Beginning)
    {
        Careful = true,
    };

    private List<WorkerEffect> Reconnect()
    {
        _driver.Tell(new SessionLost(1));
        _driver.Connect(2);
        return _driver.Tell(new Assigned(Grant() with { Confirmed = true }));
    }
}
