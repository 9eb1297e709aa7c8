using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Run;
using Millrace.Worker.Tests.Core.Tasks;

namespace Millrace.Worker.Tests.Run;

public sealed class RunLoopTests
{
    private readonly FakePorts _ports = new();
    private readonly InputSequence _input = new([3, 4, 1]);
    private readonly TaskGrant _grant = InputSequence.Grant();

    [Test]
    public void Attach_OfALoadedTask_SubscribesFromWhereItIs()
    {
        _ports.Attach(_grant);
        Assert.Multiple(() =>
        {
            Assert.That(_ports.Told, Is.EqualTo(new WorkerInput[] { new Restored(_grant.Task, _grant.Epoch) }));
            Assert.That(_ports.Subscriptions, Is.EqualTo(new[] { (_grant.Task, 0ul, 0ul) }));
        });
    }

    [Test]
    public void Deliver_OfBlocksOfTheTasksStream_AppliesThemAndReturnsTheirBytes()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Block(0), Block(1));
        _ports.Tell(new ReportProgress());
        Assert.Multiple(() =>
        {
            Assert.That(_ports.Progress[^1].Tasks[0].NextOffset, Is.EqualTo(7));
            Assert.That(_ports.Progress[^1].Tasks[0].Position, Is.EqualTo(InputSequence.EndOf(1)));
            Assert.That(_ports.Returned, Is.EqualTo(_input.Entries.Bytes(0, 7).Length));
        });
    }

    private static RestorePoint CommittedUpTo(ulong offset) => new("t1-e1-p0-0", 0, offset, 0);

    [Test]
    public void CostPerEvent_IsWaitedFor_AndCountsAsBusy()
    {
        var ports = new FakePorts(TimeSpan.FromMilliseconds(2));
        ports.Attach(_grant);
        ports.Deliver(Block(0), Block(1));
        ports.Tell(new ReportProgress());
        Assert.Multiple(() =>
        {
            Assert.That(
                ports.Waits.Select(w => w.TotalMilliseconds), Is.EqualTo(new[] { 6, 7.5 }), "less what was too long");
            Assert.That(ports.Progress[^1].Tasks[0].BusyUs, Is.EqualTo(14_500));
        });
    }

    [Test]
    public void Copy_ThatFollows_AppliesAndAnswersNothingUntilItTakesOver()
    {
        _ports.Attach(_grant with { Warm = true });
        _ports.Deliver(Block(0));
        _ports.Tell(_ports.Question(1, _grant));
        _ports.Tell(new ReportProgress());
        _ports.Tell(new ReportProgress());
        Assert.That(_ports.Answers, Is.Empty);
        Assert.That(_ports.Progress.Select(p => p.Tasks[0].NextOffset), Is.EqualTo(new ulong[] { 3, 3 }));
        Assert.That(_ports.Progress[^1].Tasks[0].FirstEventUs, Is.Zero);

        _ports.Tell(new PromoteWarm(_grant.Task, _grant.Epoch, _ports.Clock.Uptime, CommittedUpTo(3)));
        Assert.That(_ports.Answers.Single().QuestionId, Is.EqualTo(1));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        Assert.That(_ports.Captures, Is.Empty, "the former owner has committed that");
        _ports.Deliver(Block(1));
        Assert.That(_ports.Progress[^1].Tasks[0].FirstEventUs, Is.Not.Zero);
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        Assert.That(_ports.Captures.Single().Header.NextOffset, Is.EqualTo(7));
        Assert.That(_ports.Subscriptions, Has.Count.EqualTo(1), "it never asked anew");
    }

    [Test]
    public void Copy_BelowTheLastCommit_CommitsNothingUntilItIsBeyond()
    {
        _ports.Attach(_grant with { Warm = true });
        _ports.Deliver(Block(0));
        _ports.Tell(new PromoteWarm(_grant.Task, _grant.Epoch, _ports.Clock.Uptime, CommittedUpTo(7)));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        _ports.Tell(new EndCheckpoint(_grant.Task, _grant.Epoch, null));
        _ports.Deliver(Block(1));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        Assert.That(_ports.Captures, Is.Empty);
        _ports.Deliver(Block(2));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        Assert.That(_ports.Captures.Single().Header.NextOffset, Is.EqualTo(8));
    }

    [Test]
    public void Deliver_OfAnotherStreamsBlocks_IgnoresThem()
    {
        _ports.Attach(_grant);
        _ports.DeliverOn(FakePorts.Stream - 1, Block(0));
        Assert.That((_ports.Progress.Count, _ports.Returned), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Deliver_OfWhatAnEarlierSubscriptionWasSent_TakesAndReturnsOnlyTheTasksOwn()
    {
        TaskGrant next = _grant with { Epoch = new Epoch(_grant.Epoch.Value + 1) };
        _ports.Attach(_grant);
        _ports.Attach(next);
        RawBlock late = Block(0);
        RawBlock own = Block(0) with { Epoch = next.Epoch.Value, Subscription = 2 };
        _ports.Deliver(late, own);
        Assert.That(_ports.Used, Is.EqualTo(new[] { own }));
    }

    [Test]
    public void Deliver_OfWhatAnEarlierSubscriptionOfTheSameEpochWasSent_FindsNoGapInIt()
    {
        _ports.Attach(_grant);
        _ports.Attach(_grant);
        _ports.Deliver(Block(1), Block(0) with { Subscription = 2 });
        Assert.That((_ports.Told.OfType<GapFound>().Count(), _ports.Used.Count), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Deliver_AfterDetachAll_IgnoresTheBlocks()
    {
        _ports.Attach(_grant);
        _ports.Tell(new DetachAll());
        _ports.Deliver(Block(0));
        Assert.That(_ports.Progress, Is.Empty);
    }

    [Test]
    public void Deliver_OfTheFirstEvent_ReportsAtOnceHowLongItTook()
    {
        _ports.Tell(new PlaceTask(_grant, _ports.Clock.Uptime));
        _ports.Time.Advance(TimeSpan.FromMilliseconds(7));
        _ports.Attach(_grant);
        _ports.Time.Advance(TimeSpan.FromMilliseconds(5));
        _ports.Deliver(Block(0));
        _ports.Deliver(Block(1));
        Assert.That(_ports.Progress, Has.Count.EqualTo(1));
        Assert.That(_ports.Progress[0].Tasks[0].FirstEventUs, Is.EqualTo(5_000));
    }

    [Test]
    public void Deliver_AfterAGap_AsksOnceAndWaitsForTheNextAttach()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Block(1), Block(2));
        Assert.That(_ports.Told.OfType<GapFound>().Count(), Is.EqualTo(1));
        _ports.Tell(new AttachTask(_grant.Task, _grant.Epoch));
        _ports.Deliver(Block(0) with { Subscription = 2 });
        Assert.That(_ports.Progress[^1].Tasks[0].NextOffset, Is.EqualTo(3));
    }

    [Test]
    public void Deliver_OfADamagedBlock_GivesTheStateUpAndKeepsTheOtherTasks()
    {
        TaskGrant other = _grant with { Task = new TaskId(2) };
        _ports.Attach(_grant);
        _ports.Attach(other);
        _ports.Deliver(Block(0) with { EventCount = 2 }, Block(0) with { TaskId = 2, Subscription = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(_ports.Told.Last(), Is.EqualTo(new TaskDamaged(_grant.Task, _grant.Epoch)));
            Assert.That(_ports.Progress.Single().Tasks[0].Task, Is.EqualTo(other.Task));
        });
    }

    [Test]
    public void Deliver_WithoutALease_WaitsUntilThereIsOneAgain()
    {
        _ports.Attach(_grant);
        _ports.Gate.Set(TimeSpan.Zero);
        _ports.Deliver(Block(0));
        Assert.That(_ports.Progress, Is.Empty);
        _ports.Gate.Set(TimeSpan.FromHours(1));
        _ports.Tell(new LookAgain());
        Assert.That(_ports.Progress, Has.Count.EqualTo(1));
    }

    [Test]
    public void BeginCheckpoint_WithinAFrame_WaitsForItsEnd()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Part(0, 0, 2, continued: true));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        Assert.That(_ports.Captures, Is.Empty);
        _ports.Deliver(Part(0, 2, 3, continued: false));
        Assert.That(_ports.Captures.Single().Header.NextOffset, Is.EqualTo(3));
        _ports.Captures[0].State.Dispose();
    }

    [Test]
    public void Leave_OfATaskThatNeedsItNoMore_IsGivenBackAtOnce()
    {
        _ports.Attach(_grant with { Careful = true });
        _ports.Tell(new TakeLeave(_grant.Task, _grant.Epoch, new Allowance(0, Allowance.All)));
        _ports.Deliver(Block(0));
        _ports.Tell(new TakeLeave(_grant.Task, _grant.Epoch, new Allowance(0, 4)));
        Assert.That(
            _ports.Told.Last(), Is.EqualTo(new TrialFound(_grant.Task, _grant.Epoch, new Trial(3, Waits: false))));
    }

    [Test]
    public void BeginCheckpoint_WithNothingNew_SaysSo()
    {
        _ports.Attach(_grant);
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        Assert.That(_ports.Told.Last(), Is.EqualTo(new CheckpointFailed(_grant.Task, _grant.Epoch)));
    }

    [Test]
    public void BeginCheckpoint_WantedAgainWithNothingNew_CapturesTheSameState()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Block(0));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        _ports.Tell(new EndCheckpoint(_grant.Task, _grant.Epoch, _ports.Captures[0].Header.NextOffset));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch, Again: true));
        Assert.That(_ports.Captures[1].Header, Is.EqualTo(_ports.Captures[0].Header with
        {
            Outputs = _ports.Captures[1].Header.Outputs,
        }));
        _ports.Captures.ForEach(capture => capture.State.Dispose());
    }

    [Test]
    public void BeginCheckpoint_WhenTooManyWait_IsGivenUpAndPossibleLater()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Block(0));
        _ports.RefuseCaptures = true;
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        Assert.That(_ports.Told.Last(), Is.EqualTo(new CheckpointFailed(_grant.Task, _grant.Epoch)));
        _ports.RefuseCaptures = false;
        _ports.Tell(new EndCheckpoint(_grant.Task, _grant.Epoch, null));
        _ports.Tell(new BeginCheckpoint(_grant.Task, _grant.Epoch));
        _ports.Captures.Single().State.Dispose();
    }

    [Test]
    public void Ask_ForAPositionNotReached_IsAnsweredWhenItIs()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Block(0));
        _ports.Tell(_ports.Question(8, _grant, InputSequence.EndOf(0)));
        _ports.Tell(_ports.Question(9, _grant, InputSequence.EndOf(1)));
        Assert.That(_ports.Answers, Is.EqualTo(new[] { (8ul, InputSequence.EndOf(0), 3) }));
        _ports.Deliver(Block(1));
        Assert.That(_ports.Answers[^1], Is.EqualTo((9ul, InputSequence.EndOf(1), 7)));
    }

    [Test]
    public void Ask_ForAPositionWithoutEvents_IsAnsweredByANotice()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Block(0));
        _ports.Tell(_ports.Question(9, _grant, 1 << 20));
        _ports.Deliver(new RawBlock(1, _grant.Epoch.Value, 1 << 20, 3, 0, false, 1, default));
        Assert.That(_ports.Answers, Is.EqualTo(new[] { (9ul, 1ul << 20, 3) }));
    }

    [Test]
    public void Ask_WithinAFrame_IsAnsweredAtItsEnd()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Part(0, 0, 2, continued: true));
        _ports.Tell(_ports.Question(9, _grant));
        Assert.That(_ports.Answers, Is.Empty);
        _ports.Deliver(Part(0, 2, 3, continued: false));
        Assert.That(_ports.Answers, Has.Count.EqualTo(1));
    }

    [Test]
    public void Ask_WhileTheTaskIsRestored_WaitsForIt()
    {
        _ports.Tell(new PlaceTask(_grant, TimeSpan.Zero));
        _ports.Tell(_ports.Question(9, _grant));
        Assert.That(_ports.Answers, Is.Empty);
        _ports.Tell(new LoadTask(new TaskMachine(_grant, new EchoOperator(), null)));
        Assert.That(_ports.Answers, Has.Count.EqualTo(1));
    }

    [Test]
    public void Ask_ForAPositionThatDoesNotCome_IsRefusedAtTheDeadline()
    {
        _ports.Attach(_grant);
        _ports.Tell(_ports.Question(9, _grant, 4096));
        _ports.Time.Advance(TimeSpan.FromSeconds(1.9));
        _ports.Tell(new LookAgain());
        Assert.That(_ports.Refusals, Is.Empty);
        _ports.Time.Advance(TimeSpan.FromSeconds(0.1));
        _ports.Tell(new LookAgain());
        Assert.That(_ports.Refusals, Is.EqualTo(new[] { (9ul, "WAIT_TIMEOUT") }));
    }

    [Test]
    public void Ask_WithoutALease_IsNotAnswered()
    {
        _ports.Attach(_grant);
        _ports.Gate.Set(TimeSpan.Zero);
        _ports.Tell(_ports.Question(9, _grant));
        Assert.That(_ports.Answers, Is.Empty);
    }

    [Test]
    public void Ask_OfAnotherEpoch_IsRefused()
    {
        _ports.Attach(_grant);
        _ports.Tell(_ports.Question(9, _grant with { Epoch = new Epoch(4) }));
        Assert.That(_ports.Refusals, Is.EqualTo(new[] { (9ul, "STALE_EPOCH") }));
    }

    [Test]
    public void Remove_WithQuestionsWaiting_RefusesThem()
    {
        _ports.Attach(_grant);
        _ports.Tell(_ports.Question(9, _grant, 4096));
        _ports.Tell(new RemoveTask(_grant.Task, _grant.Epoch));
        _ports.Deliver(Block(0));
        Assert.That(_ports.Refusals, Is.EqualTo(new[] { (9ul, "STALE_EPOCH") }));
        Assert.That(_ports.Progress, Is.Empty);
    }

    [Test]
    public void Report_OfTasksThatStoodStill_SaysNothing()
    {
        _ports.Attach(_grant);
        _ports.Deliver(Block(0));
        _ports.Tell(new ReportProgress());
        int reports = _ports.Progress.Count;
        _ports.Tell(new ReportProgress());
        Assert.That(_ports.Progress, Has.Count.EqualTo(reports));
    }

    private RawBlock Block(int frame) => Part(frame, _input.FirstEvent(frame), _input.EndEvent(frame), false);

    private RawBlock Part(int frame, int first, int end, bool continued) => new(
        _grant.Task.Value,
        _grant.Epoch.Value,
        continued ? InputSequence.EndOf(frame) - 4096 : InputSequence.EndOf(frame),
        (ulong)first,
        (uint)(end - first),
        continued,
        1,
        _input.Entries.Bytes(first, end));
}
