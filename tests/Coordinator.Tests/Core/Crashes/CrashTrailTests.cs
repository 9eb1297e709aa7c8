using Millrace.Common.Model;
using Millrace.Coordinator.Core.Crashes;

namespace Millrace.Coordinator.Tests.Core.Crashes;

public sealed class CrashTrailTests
{
    private CrashTrail _trail = null!;

    [SetUp]
    public void Nothing() => _trail = new CrashTrail();

    [Test]
    public void Died_ThreeTimesWithoutACommit_AsksForCare()
    {
        _trail.Died(5, 1000);
        _trail.Died(5, 1000);
        Assert.That(_trail.IsCareful, Is.False);
        Assert.That(_trail.LeaveAt(5, 1000).Count, Is.EqualTo(Allowance.All));
        _trail.Died(5, 1000);
        Assert.That(_trail.LeaveAt(5, 1000), Is.EqualTo(new Allowance(5, 256)));
    }

    [Test]
    public void Died_WithCommitsInBetween_NeverAsksForCare()
    {
        for (ulong i = 0; i < 100; i++)
        {
            _trail.Died(i / 2, 1000);
            Assert.That(_trail.IsCareful, Is.False);
        }
    }

    [Test]
    public void Died_WithNothingToApply_NeverAsksForCare()
    {
        for (int i = 0; i < 100; i++)
        {
            _trail.Died(7, 7);
            Assert.That(_trail.IsCareful, Is.False);
        }
    }

    [Test]
    public void DiedOf_AgainAndAgain_NarrowsToTheEventsAndForbidsTheOne()
    {
        _trail.Suspect(0, 1000);
        _trail.DiedOf(new Allowance(256, 256));
        Assert.That(_trail.LeaveAt(256, 1000), Is.EqualTo(new Allowance(256, 16)));
        _trail.DiedOf(new Allowance(304, 16));
        Assert.That(_trail.LeaveAt(100, 1000), Is.EqualTo(new Allowance(100, 204)), "never across the border");
        Assert.That(_trail.LeaveAt(304, 1000), Is.EqualTo(new Allowance(304, 1)));
        _trail.DiedOf(new Allowance(310, 1));
        _trail.DiedOf(new Allowance(310, 1));
        Assert.That((_trail.LeaveAt(310, 1000).Count, _trail.Forbidden), Is.EqualTo((1u, (ulong?)null)));
        _trail.DiedOf(new Allowance(310, 1));
        Assert.That(_trail.Forbidden, Is.EqualTo(310));
        Assert.That(_trail.LeaveAt(310, 1000), Is.EqualTo(new Allowance(310, 0)));
        Assert.That(_trail.LeaveAt(311, 1000), Is.EqualTo(new Allowance(311, 256)));
    }

    [Test]
    public void DiedOf_AnEventThatSomebodyLivedThroughInBetween_NeverForbidsIt()
    {
        _trail.Suspect(0, 1000);
        for (int i = 0; i < 100; i++)
        {
            _trail.DiedOf(new Allowance(310, 1));
            _trail.DiedOf(new Allowance(310, 1));
            Assert.That(_trail.Forbidden, Is.Null);
            _trail.CameTo(311, mayEnd: true);
            Assert.That(_trail.LeaveAt(310, 1000).Count, Is.EqualTo(CrashTrail.WideStep));
        }
    }

    [Test]
    public void DiedOf_AlwaysAnotherEvent_NeverForbidsOne()
    {
        _trail.Suspect(0, 1000);
        for (ulong i = 0; i < 100; i++)
        {
            _trail.DiedOf(new Allowance(i % 2, 1));
            Assert.That(_trail.Forbidden, Is.Null);
        }
    }

    [Test]
    public void CameTo_TheEndOfWhatWasSuspected_EndsTheCareUnlessOthersNeedIt()
    {
        _trail.Suspect(0, 1000);
        _trail.CameTo(999, mayEnd: true);
        Assert.That(_trail.IsCareful, Is.True);
        _trail.CameTo(1000, mayEnd: false);
        Assert.That(_trail.LeaveAt(1000, 1010), Is.EqualTo(new Allowance(1000, 10)));
        _trail.CameTo(1000, mayEnd: true);
        Assert.That(_trail.LeaveAt(1000, 1000), Is.EqualTo(new Allowance(1000, Allowance.All)));
    }
}
