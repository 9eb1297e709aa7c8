using Millrace.Common.Model;
using Millrace.Coordinator.Dispatch;

namespace Millrace.Coordinator.Tests.Dispatch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GrantTableTests
{
    private static readonly TaskId _task = new(1);
    private readonly GrantTable _table = new();

    [Test]
    public void Find_WithAnotherSessionOrEpoch_IsNull()
    {
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        Assert.Multiple(() =>
        {
            Assert.That(_table.Find(10, _task, new Epoch(5)), Is.Not.Null);
            Assert.That(_table.Find(11, _task, new Epoch(5)), Is.Null);
            Assert.That(_table.Find(10, _task, new Epoch(4)), Is.Null);
            Assert.That(_table.Find(10, _task, new Epoch(6)), Is.Null);
            Assert.That(_table.Find(10, new TaskId(2), new Epoch(5)), Is.Null);
        });
    }

    [Test]
    public void Grant_OfAHigherEpoch_EndsTheLowerOne()
    {
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        TaskGrant old = _table.Find(10, _task, new Epoch(5))!;
        _table.Grant(11, _task, new Epoch(6), new PartitionId(1));
        Assert.That(old.Ended, Is.True);
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        Assert.That(_table.Find(11, _task, new Epoch(6))?.Ended, Is.False);
    }

    [Test]
    public void Grant_OfTheSameEpochToANewSession_EndsTheOldSessionsOnly()
    {
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        TaskGrant old = _table.Find(10, _task, new Epoch(5))!;
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        Assert.That(old.Ended, Is.False, "said twice");
        _table.Grant(11, _task, new Epoch(5), new PartitionId(1));
        Assert.That(old.Ended, Is.True);
        Assert.That(_table.Find(11, _task, new Epoch(5)), Is.Not.Null);
    }

    [Test]
    public void Stop_BelowAnEpoch_EndsLowerOnesOnly()
    {
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        TaskGrant grant = _table.Find(10, _task, new Epoch(5))!;
        _table.Stop(_task, new Epoch(5));
        Assert.That(grant.Ended, Is.False);
        _table.Stop(_task, new Epoch(6));
        Assert.That(grant.Ended, Is.True);
        Assert.That(_table.Find(10, _task, new Epoch(5)), Is.Null);
    }

    [Test]
    public void Grant_OfACopy_LeavesTheOwnersAndIsKeptWhenItTakesOver()
    {
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        _table.Grant(11, _task, new Epoch(6), new PartitionId(1), warm: true);
        TaskGrant owner = _table.Find(10, _task, new Epoch(5))!;
        TaskGrant copy = _table.Find(11, _task, new Epoch(6))!;
        Assert.That((owner.Ended, copy.Ended), Is.EqualTo((false, false)), "both read");

        _table.Stop(_task, new Epoch(6));
        _table.Grant(11, _task, new Epoch(6), new PartitionId(1));
        Assert.That((owner.Ended, copy.Ended), Is.EqualTo((true, false)));
        Assert.That(_table.Find(11, _task, new Epoch(6)), Is.SameAs(copy), "it keeps its place in the stream");
        _table.StopCopy(_task, new Epoch(6));
        Assert.That(copy.Ended, Is.False, "it is none any more");
    }

    [Test]
    public void StopCopy_OfACopy_LeavesTheOwner()
    {
        _table.Grant(10, _task, new Epoch(5), new PartitionId(1));
        _table.Grant(11, _task, new Epoch(6), new PartitionId(1), warm: true);
        TaskGrant copy = _table.Find(11, _task, new Epoch(6))!;
        _table.StopCopy(_task, new Epoch(6));
        Assert.That(copy.Ended, Is.True);
        Assert.That(_table.Find(10, _task, new Epoch(5))?.Ended, Is.False);
    }

    [Test]
    public void Grant_OfAHigherEpochToAnother_EndsTheCopyToo()
    {
        _table.Grant(11, _task, new Epoch(6), new PartitionId(1), warm: true);
        TaskGrant copy = _table.Find(11, _task, new Epoch(6))!;
        _table.Grant(12, _task, new Epoch(7), new PartitionId(1));
        Assert.That(copy.Ended, Is.True);
        Assert.That(_table.Find(11, _task, new Epoch(6)), Is.Null);
    }
}
