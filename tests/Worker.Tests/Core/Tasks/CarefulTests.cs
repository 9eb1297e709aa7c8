using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core.Tasks;

/// <summary>A task that may apply some of its events by leave alone.</summary>
public sealed class CarefulTests
{
    private InputSequence _input = null!;

    [SetUp]
    public void TwoFrames() => _input = new InputSequence([6, 6]);

    [Test]
    public void Apply_WithoutLeave_AppliesNothing()
    {
        TaskMachine task = Start();
        Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.NeedsLeave));
        Assert.That((task.NextOffset, task.HashSum), Is.EqualTo((0ul, 0ul)));
        Assert.That(task.Careful!.After(0, ApplyOutcome.NeedsLeave), Is.EqualTo(new Trial(0, true)));
        Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.NeedsLeave), "there is none yet");
    }

    [Test]
    public void Apply_ByLeave_EndsAsWithoutCare()
    {
        TaskMachine task = Start();
        Assert.That(
            GiveAll(task, asked => new Allowance(asked, asked < 8 ? 4 : Allowance.All)),
            Is.EqualTo(new Trial[] { new(0, true), new(4, true), new(8, true) }));
        Assert.That((task.NextOffset, task.HashSum), Is.EqualTo((12ul, _input.Entries.HashSum(12))));
        Assert.That(task.AtFrameEnd);
    }

    [Test]
    public void Leave_ForSeveralBlocks_IsGivenBackAtItsEnd()
    {
        TaskMachine task = Start();
        Assert.That(
            GiveAll(task, asked => new Allowance(asked, 12)),
            Is.EqualTo(new Trial[] { new(0, true), new(12, false) }));
        Assert.That(task.NextOffset, Is.EqualTo(12));
    }

    [Test]
    public void Leave_BeforeAnEventThatWaitsForAVerdict_IsGivenBack()
    {
        var steps = new CarefulSteps();
        steps.After(0, ApplyOutcome.NeedsLeave);
        steps.Take(new Allowance(0, 12));
        Assert.That(steps.After(6, ApplyOutcome.Applied), Is.Null);
        Assert.That(steps.After(8, ApplyOutcome.Poisoned), Is.EqualTo(new Trial(8, false)));
        Assert.That(steps.After(8, ApplyOutcome.Poisoned), Is.Null, "it has none any more");
        Assert.That(steps.Free(9, 1), Is.Zero);
    }

    [TestCase(0u, true)]
    [TestCase(4u, false)]
    [TestCase(Allowance.All, true)]
    public void Leave_WhenItIsOver_IsTakenUnlessItWouldHaveToBeGivenBack(uint count, bool taken)
    {
        var steps = new CarefulSteps();
        steps.After(3, ApplyOutcome.NeedsLeave);
        steps.Take(new Allowance(3, Allowance.All));
        Assert.That(steps.Take(new Allowance(3, count)), Is.EqualTo(taken));
        Assert.That((steps.IsOver, steps.Forbids(3)), Is.EqualTo((true, count == 0)));
        Assert.That(steps.After(8, ApplyOutcome.Applied), Is.Null);
    }

    [Test]
    public void Leave_ForSomethingElseThanWasAsked_ChangesNothing()
    {
        TaskMachine task = Start();
        _input.GiveFrame(task, 0);
        task.Careful!.After(0, ApplyOutcome.NeedsLeave);
        Assert.That(task.Careful.Take(new Allowance(1, 3)), Is.False);
        Assert.That(task.Careful.Take(new Allowance(0, 4)), Is.True);
        Assert.That(task.Careful.Take(new Allowance(0, 4)), Is.False, "it came twice");
    }

    [Test]
    public void Apply_OfAForbiddenEvent_StopsThereUntilThereIsAVerdict()
    {
        TaskMachine task = Start();
        foreach (Allowance leave in new Allowance[] { new(0, 3), new(3, 0) })
        {
            Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.NeedsLeave));
            task.Careful!.After(task.NextOffset, ApplyOutcome.NeedsLeave);
            task.Careful.Take(leave);
        }

        Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.Poisoned));
        Assert.That(task.Poisoned!.Offset, Is.EqualTo(3));
        Assert.That(task.Poisoned.Reason, Does.StartWith("PROCESS_DIED"));
        Assert.That(task.Poisoned.Entry, Is.EqualTo(_input.Entries.Bytes(3, 4).ToArray()));
        task.Take(new VerdictList([3], []));
        Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.NeedsLeave));
        Assert.That((task.NextOffset, task.HashSum), Is.EqualTo((4ul, _input.Entries.HashSum(4))));
    }

    /// <returns>What the task said.</returns>
    private List<Trial> GiveAll(TaskMachine task, Func<ulong, Allowance> give)
    {
        var trials = new List<Trial>();
        for (int frame = 0; frame < _input.FrameCount;)
        {
            ApplyOutcome outcome = _input.GiveFrame(task, frame);
            frame += outcome == ApplyOutcome.NeedsLeave ? 0 : 1;
            if (task.Careful!.After(task.NextOffset, outcome) is { } trial)
            {
                trials.Add(trial);
                Assert.That(task.Careful.Take(give(trial.Offset)), Is.EqualTo(trial.Waits));
            }
        }

        return trials;
    }

    private static TaskMachine Start()
    {
        TaskGrant grant = InputSequence.Grant() with { Careful = true };
        return new TaskMachine(grant, new CountOperator(grant.ToContext()), null);
    }
}
