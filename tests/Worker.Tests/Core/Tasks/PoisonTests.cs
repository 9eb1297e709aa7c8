using System.Text;
using Millrace.Common.Model;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Tests.Core.Flow;

namespace Millrace.Worker.Tests.Core.Tasks;

/// <summary>A task that adds up values of which some are no numbers.</summary>
public sealed class PoisonTests
{
    private readonly Entries _entries = new();

    [SetUp]
    public void SixEvents()
    {
        foreach (string value in new[] { "1", "20", "no number", "300", "-4", "5000" })
        {
            _entries.Add("a", value);
        }

        _entries.Add("b", "7");
    }

    [Test]
    public void Apply_OfABadEvent_StopsBeforeItAndSaysWhy()
    {
        TaskMachine task = Start();
        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Poisoned));
        Assert.That((task.NextOffset, task.HashSum), Is.EqualTo((2ul, _entries.HashSum(2))));
        Assert.That(task.Poisoned!.Offset, Is.EqualTo(2));
        Assert.That(task.Poisoned.Reason, Does.Contain("no number"));
        Assert.That(task.Poisoned.Key, Is.EqualTo("a"u8.ToArray()));
        Assert.That(task.Poisoned.Entry, Is.EqualTo(_entries.Bytes(2, 3).ToArray()));
        Assert.That(task.AtFrameEnd, Is.False);
    }

    [Test]
    public void Apply_OfAnOldBlockWhileItStandsStill_HoldsNothingUp()
    {
        TaskMachine task = Start();
        Give(task);
        var old = new Entries();
        old.Add("a", "1");
        Assert.That(Give(task, old), Is.EqualTo(ApplyOutcome.Old));
        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Poisoned));
    }

    [Test]
    public void Apply_AfterAVerdictOnEach_SumsTheOthersAndCountsAllAsInput()
    {
        TaskMachine task = Start();
        Give(task);
        task.Take(new VerdictList([2], []));
        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Poisoned));
        Assert.That(task.Poisoned!.Offset, Is.EqualTo(4));
        task.Take(new VerdictList([4], []));
        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Applied));
        Assert.That(Sum(task, "a"), Is.EqualTo(5321));
        Assert.That((task.NextOffset, task.HashSum), Is.EqualTo((7ul, _entries.HashSum(7))));
        Assert.That(task.AtFrameEnd);
    }

    [Test]
    public void Apply_WithVerdictsOfTheGrant_EndsAsWithThoseThatCameLater()
    {
        TaskMachine task = Start(new VerdictList([2, 4], []));
        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Applied));
        Assert.That(Sum(task, "a"), Is.EqualTo(5321));
        Assert.That(task.HashSum, Is.EqualTo(_entries.HashSum(7)));
    }

    [Test]
    public void Apply_OfAGoodEventWithAVerdict_PassesOverIt()
    {
        TaskMachine task = Start(new VerdictList([2, 3, 4], []));
        Give(task);
        Assert.That(Sum(task, "a"), Is.EqualTo(5021));
    }

    [Test]
    public void Apply_OfEventsOfAParkedKey_StopsAtEachUntilItIsReleased()
    {
        TaskMachine task = Start(new VerdictList([2, 4], [new ParkedKey("a"u8.ToArray(), 2, 5)]));
        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Poisoned));
        Assert.That((task.Poisoned!.Offset, task.Poisoned.KeyIsParked), Is.EqualTo((3ul, true)));
        task.Take(new VerdictList([3], [new ParkedKey("a"u8.ToArray(), 2, 5)]));
        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Applied));
        Assert.That(Sum(task, "a"), Is.EqualTo(5021));
        Assert.That(Sum(task, "b"), Is.EqualTo(7));
    }

    [Test]
    public void Apply_OfAParkedKeyThatTheOwnerNeedsNoMore_StillStopsACopyThatIsBehind()
    {
        TaskMachine task = Start(new VerdictList([2, 4], [new ParkedKey("a"u8.ToArray(), 2, 5)]));
        task.Take(VerdictList.None);
        Give(task);
        Assert.That((task.Poisoned!.Offset, task.Poisoned.KeyIsParked), Is.EqualTo((3ul, true)));
    }

    [Test]
    public void Apply_WithTheLastBadEventsOfABatch_LeavesTheNextOnesAlone()
    {
        TaskMachine task = Start();
        for (ulong verdict = 2; Give(task) == ApplyOutcome.Poisoned; verdict += 2)
        {
            Assert.That(task.Poisoned!.Offset, Is.EqualTo(verdict));
            task.Take(new VerdictList([verdict], []));
        }

        Assert.That(Give(task), Is.EqualTo(ApplyOutcome.Old));
    }

    [TestCase("18446744073709551615", "1")]
    [TestCase("1", "18446744073709551616")]
    [TestCase("1", "")]
    [TestCase("1", " 2")]
    public void Apply_OfAValueThatCannotBeAdded_StopsThere(string first, string second)
    {
        var entries = new Entries();
        entries.Add("k", first);
        entries.Add("k", second);
        TaskMachine task = Start();
        Assert.That(Give(task, entries), Is.EqualTo(ApplyOutcome.Poisoned));
        Assert.That(task.Poisoned!.Offset, Is.EqualTo(1));
        Assert.That(Sum(task, "k"), Is.EqualTo(ulong.Parse(first)));
    }

    [Test]
    public void Ask_ForASumOfZero_FindsTheKey()
    {
        var entries = new Entries();
        entries.Add("k", "0");
        TaskMachine task = Start();
        Give(task, entries);
        Assert.That(task.Ask(new GetKey("k"u8.ToArray())).Entries, Has.Count.EqualTo(1));
    }

    private static TaskMachine Start(VerdictList? verdicts = null)
    {
        TaskGrant grant = InputSequence.Grant() with
        {
            Operator = SumOperator.CatalogName,
            Verdicts = verdicts ?? VerdictList.None,
        };
        return new TaskMachine(grant, new SumOperator(grant.ToContext()), null);
    }

    private ApplyOutcome Give(TaskMachine task) => Give(task, _entries);

    private static ApplyOutcome Give(TaskMachine task, Entries entries) => task.Apply(
        new Block
        {
            Task = task.Grant.Task,
            Epoch = task.Grant.Epoch,
            Position = 4096,
            FirstOffset = 0,
            Count = (uint)entries.Count,
            Continued = false,
            Entries = entries.Bytes(0, entries.Count),
        },
        new EventFields[4]);

    private static ulong Sum(TaskMachine task, string key) =>
        task.Ask(new GetKey(Encoding.UTF8.GetBytes(key))).Entries.Single().Count;
}
