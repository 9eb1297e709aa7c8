using Millrace.Checking.Histories;
using Millrace.Checking.Invariants;
using Millrace.Checking.Logs;

namespace Millrace.Simulation.Tests.Checking;

/// <summary>Each checker sees what it is there for, in histories that are wrong in one thing only.</summary>
public sealed class InvariantTests
{
    private const uint Partition = 1;
    private const ulong Task = 1;

    private readonly List<LogFrame> _frames = [];
    private History _history = new();

    [SetUp]
    public void TellAGoodStory()
    {
        _history = new History();
        _frames.Clear();
        for (ulong sequence = 1; sequence <= 4; sequence++)
        {
            _history.Sent.Add(new SentEvent("p", "t", sequence, $"k{sequence % 2}"));
        }

        Frame(
            new CoordinatorBegan(1),
            new TopicMade(1, "t", [Partition]),
            new JobMade("j", "count", [new TaskMade(Task, Partition, 0)]),
            new ProducerBegan("p", 1, 100, false),
            new TaskGiven(Task, 1, "w/1"));
        Frame([0, 1]);
        Frame([2, 3]);
        Frame(Commit(1, "s", _frames[1].End, 2));
        _history.Acknowledgements.Add(new Acknowledgement("p", "t", 4, 1, 0));
        _history.Snapshots["s"] = new SnapshotSeen(2, new Dictionary<string, ulong> { ["k0"] = 1, ["k1"] = 1 });
        Run("w/1", 1, 0, "").Applied.AddRange([0, 1]);
    }

    [Test]
    public void Check_GoodStory_FindsNothing() => Assert.That(Found(), Is.Empty);

    [Test]
    public void Check_AcknowledgedEventMissing_IsLostWrite()
    {
        _history.Sent.Add(new SentEvent("p", "t", 5, "k1"));
        _history.Acknowledgements.Add(new Acknowledgement("p", "t", 5, 1, 0));
        Assert.That(Found(), Is.EqualTo(new[] { "V1" }));
    }

    [Test]
    public void Check_EventStoredTwice_IsDuplicate()
    {
        Frame([3]);
        Assert.That(Found(), Does.Contain("V2"));
    }

    [Test]
    public void Check_EventNobodySent_IsPhantom()
    {
        Frame([17]);
        Assert.That(Found(), Is.EqualTo(new[] { "V3" }));
    }

    [Test]
    public void Check_SequenceLeftOut_IsGap()
    {
        _history.Sent.Add(new SentEvent("p", "t", 6, "k1"));
        Frame([4]);
        Assert.That(Found(), Is.EqualTo(new[] { "V4" }));
    }

    [Test]
    public void Check_OtherEventAtAnOffset_IsDivergent()
    {
        _history.Observe(Partition, 0, 1, "somebody");
        Assert.That(Found(), Is.All.EqualTo("V5").And.Not.Empty);
    }

    [Test]
    public void Check_TwoProcessesUnderOneEpoch_IsDoubleOwner()
    {
        Run("w/2", 1, 0, "");
        Assert.That(Found(), Is.EqualTo(new[] { "V6" }));
    }

    [Test]
    public void Check_CommitOfAnEarlierEpoch_IsZombie()
    {
        Frame(new TaskGiven(Task, 2, "w/2"));
        Frame(Commit(1, "s", _frames[1].End, 2));
        Assert.That(Found(), Is.EqualTo(new[] { "V7" }));
    }

    [Test]
    public void Check_EpochGivenAgain_IsRegress()
    {
        Frame(new TaskGiven(Task, 1, "w/1"));
        Assert.That(Found(), Is.EqualTo(new[] { "V8" }));
    }

    [Test]
    public void Check_CommitBelowAnEarlierOne_FallsBack()
    {
        _history.Snapshots["e"] = new SnapshotSeen(0, new Dictionary<string, ulong>());
        Frame(Commit(1, "e", 0, 0));
        Assert.That(Found(), Does.Contain("V9"));
    }

    [Test]
    public void Check_CommitAboveWhatIsDurable_Overruns()
    {
        Frame(Commit(1, "s", 1_000_000, 2));
        Assert.That(Found(), Does.Contain("V9"));
    }

    [Test]
    public void Check_SnapshotThatCountsOneTooMany_IsWrongState()
    {
        _history.Snapshots["s"] = new SnapshotSeen(2, new Dictionary<string, ulong> { ["k0"] = 1, ["k1"] = 2 });
        Assert.That(Found(), Is.EqualTo(new[] { "V10" }));
    }

    [Test]
    public void Check_EventAppliedTwice_IsOverlap()
    {
        _history.Runs[0].Applied.Add(1);
        Assert.That(Found(), Is.EqualTo(new[] { "V12" }));
    }

    [Test]
    public void Check_EventPassedOver_IsSkip()
    {
        _history.Runs[0].Applied.Add(3);
        Assert.That(Found(), Is.EqualTo(new[] { "V12" }));
    }

    [Test]
    public void Check_RunFromWhereNothingWasCommitted_IsSkip()
    {
        Frame(new TaskGiven(Task, 2, "w/2"));
        Run("w/2", 2, 3, "s");
        Assert.That(Found(), Is.EqualTo(new[] { "V12" }));
    }

    [Test]
    public void Check_CommitOfOutputsNotStored_IsTold()
    {
        Frame(Commit(1, "s", _frames[1].End, 2) with { Outputs = [(2, 7)] });
        Assert.That(Found(), Is.EqualTo(new[] { "V13" }));
    }

    [Test]
    public void Check_RequestCarriedOutTwice_IsTold()
    {
        Frame(new OtherChange("move-started") { Request = "r" });
        Frame(new OtherChange("move-started") { Request = "r" });
        Assert.That(Found(), Is.EqualTo(new[] { "V21" }));
    }

    [Test]
    public void Check_AckOfAnEarlierCoordinatorForWhatALaterOneStored_IsSplitBrain()
    {
        _history.Acknowledgements.Add(new Acknowledgement("p", "t", 2, 1, 0));
        _frames[1] = Rewritten(_frames[1], incarnation: 2);
        _frames.RemoveRange(2, 2);
        _history.Acknowledgements.RemoveAt(0);
        Assert.That(Found(), Does.Contain("V11"));
    }

    [Test]
    public void Check_QueueLongerThanAllowed_IsLeak()
    {
        _history.Measure("queue", 11, 10);
        _history.Measure("queue", 3, 10);
        Assert.That(Found(), Is.EqualTo(new[] { "V18" }));
    }

    [Test]
    public void Check_AnswerOlderThanAskedFor_GoesBack()
    {
        _history.Reads.Add(Read(least: _frames[2].End, position: _frames[1].End, count: 1));
        Assert.That(Found(), Is.EqualTo(new[] { "V16" }));
    }

    [Test]
    public void Check_AnswerThatIsNotOfThePositionItNames_IsUntrue()
    {
        _history.Reads.Add(Read(least: 0, position: _frames[1].End, count: 1));
        Assert.That(Found(), Is.Empty);
        _history.Reads.Add(Read(least: 0, position: _frames[2].End, count: 1));
        Assert.That(Found(), Is.EqualTo(new[] { "V16" }));
    }

    [Test]
    public void CheckComplete_UncommittedEvents_AreStuck()
    {
        var found = new List<Violation>();
        Completeness.Check(_history, new Log(_frames), new Dictionary<ulong, SnapshotSeen>(), found);
        Assert.That(found.Select(f => f.Invariant), Does.Contain("V15"));
    }

    private IEnumerable<string> Found() =>
        Checker.Check(_history, new Log(_frames)).Select(v => v.Invariant).ToArray();

    private TaskRun Run(string process, ulong epoch, ulong firstOffset, string snapshot)
    {
        var run = new TaskRun
        {
            Process = process,
            Task = Task,
            Partition = Partition,
            Epoch = epoch,
            FirstOffset = firstOffset,
            SnapshotId = snapshot,
        };
        _history.Runs.Add(run);
        return run;
    }

    private static TaskCommit Commit(ulong epoch, string snapshot, ulong position, ulong nextOffset) =>
        new(Task, epoch, 1, snapshot, position, nextOffset, nextOffset == 0 ? 0 : HashOf(0) + HashOf(1), []);

    private void Frame(params ControlEvent[] controls) => Frame([], controls);

    private void Frame(long[] events, params ControlEvent[] controls)
    {
        ulong position = _frames.Count == 0 ? 0 : _frames[^1].End;
        LogEvent[] stored = [.. events.Select(n => new LogEvent(KeyOf(n), n, HashOf(n)))];
        LogBlock? last = _frames.SelectMany(f => f.Blocks).LastOrDefault();
        ulong offset = last is null ? 0 : last.FirstOffset + (ulong)last.Events.Count;
        ulong sum = (last?.HashSumAfter ?? 0) + stored.Aggregate(0UL, (total, e) => total + e.Hash);
        _frames.Add(new LogFrame
        {
            Position = position,
            End = position + 512,
            Generation = 1,
            Incarnation = 1,
            DurableEnd = position,
            Ranges = [],
            Controls = controls,
            Blocks = stored.Length == 0 ? [] : [new LogBlock(Partition, offset, sum, stored)],
        });
    }

    private static LogFrame Rewritten(LogFrame frame, ulong incarnation) => new()
    {
        Position = frame.Position,
        End = frame.End,
        Generation = frame.Generation,
        Incarnation = incarnation,
        DurableEnd = frame.DurableEnd,
        Ranges = frame.Ranges,
        Controls = frame.Controls,
        Blocks = frame.Blocks,
    };

    private static ReadSeen Read(ulong least, ulong position, ulong count) =>
        new(Task, least, position, new Dictionary<string, ulong> { ["k0"] = count, ["k1"] = count });

    private string KeyOf(long number) => number < _history.Sent.Count ? _history.Sent[(int)number].Key : "?";

    private static ulong HashOf(long number) => (ulong)(number + 1) * 1_000_003;
}
