using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Model;
using Millrace.Worker.Core.Flow;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core.Tasks;

public sealed class TaskMachineTests
{
    private static readonly OperatorContext _context = new(new KeyGroupRange(0, 16), 16);

    private readonly InputSequence _input = new([3, 4, 1]);

    /// <summary>Rule 4: whatever the cuts, repeats and restores, the end is the same, and the outputs are
    /// too.</summary>
    [Test]
    public void Apply_WithAnyCutsRepeatsAndRestores_EndsInTheSameState() =>
        Prop.ForAll<NonEmptyArray<PositiveInt>, int>((sizes, seed) =>
        {
            var input = new InputSequence(sizes.Get.Select(size => (size.Get % 9) + 1));
            var run = new RandomRun(input, new Random(seed));
            TaskMachine task = run.ToTheEnd();
            return Render(task) == Render(input.Entries.Counts(input.Entries.Count))
                && task.NextOffset == (ulong)input.Entries.Count
                && task.HashSum == input.Entries.HashSum(input.Entries.Count)
                && task.Position == InputSequence.EndOf(input.FrameCount - 1);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Apply_OfAnOldBlock_ChangesNothing()
    {
        TaskMachine task = Start();
        _input.GiveFrame(task, 0);
        ulong sum = task.HashSum;
        Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.Old));
        Assert.That((task.NextOffset, task.HashSum), Is.EqualTo((3ul, sum)));
    }

    [Test]
    public void Apply_OfABlockThatIsPartlyOld_TakesOnlyTheNewEvents()
    {
        TaskMachine task = Start();
        _input.Give(task, 0, 0, 2);
        Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.Applied));
        Assert.That((task.NextOffset, task.HashSum), Is.EqualTo((3ul, _input.Entries.HashSum(3))));
    }

    [Test]
    public void Apply_OfABlockAfterAGap_AsksForTheMissingOnes()
    {
        TaskMachine task = Start();
        Assert.That(_input.GiveFrame(task, 1), Is.EqualTo(ApplyOutcome.Gap));
        Assert.That(task.NextOffset, Is.Zero);
    }

    [TestCase(4ul)]
    [TestCase(6ul)]
    public void Apply_OfAnotherEpochsBlock_ChangesNothing(ulong epoch)
    {
        TaskMachine task = Start();
        var block = new Block
        {
            Task = task.Grant.Task,
            Epoch = new Epoch(epoch),
            Position = 4096,
            FirstOffset = 0,
            Count = 3,
            Continued = false,
            Entries = _input.Entries.Bytes(0, 3),
        };
        Assert.That(task.Apply(block, new EventFields[4]), Is.EqualTo(ApplyOutcome.OtherEpoch));
        Assert.That(task.NextOffset, Is.Zero);
    }

    [TestCase(2u, TestName = "Apply_OfFewerEventsThanEntries_IsDamage")]
    [TestCase(4u, TestName = "Apply_OfMoreEventsThanEntries_IsDamage")]
    public void Apply_OfAWrongCount_IsDamage(uint count)
    {
        TaskMachine task = Start();
        var block = new Block
        {
            Task = task.Grant.Task,
            Epoch = task.Grant.Epoch,
            Position = 4096,
            FirstOffset = 0,
            Count = count,
            Continued = false,
            Entries = _input.Entries.Bytes(0, 3),
        };
        ApplyOutcome outcome = task.Apply(block, new EventFields[2]);
        Assert.Multiple(() =>
        {
            Assert.That(outcome, Is.EqualTo(ApplyOutcome.Damaged));
            Assert.That(task.BeginCheckpoint(), Is.Null);
            Assert.That(_input.GiveFrame(task, 0), Is.EqualTo(ApplyOutcome.Damaged));
        });
    }

    [Test]
    public void Apply_OfAnEmptyBlock_IsSeenButNotCommitted()
    {
        TaskMachine task = Start();
        _input.GiveFrame(task, 0);
        task.BeginCheckpoint()!.State.Dispose();
        task.EndCheckpoint(3);
        var empty = new Block
        {
            Task = task.Grant.Task,
            Epoch = task.Grant.Epoch,
            Position = 1 << 20,
            FirstOffset = 3,
            Count = 0,
            Continued = false,
            Entries = [],
        };
        task.Apply(empty, []);
        Assert.Multiple(() =>
        {
            Assert.That((task.Position, task.SeenPosition), Is.EqualTo((4096ul, 1ul << 20)));
            Assert.That(task.BeginCheckpoint(), Is.Null);
        });
    }

    [Test]
    public void BeginCheckpoint_WithinAFrame_Waits()
    {
        TaskMachine task = Start();
        _input.Give(task, 0, 0, 2);
        Assert.That((task.AtFrameEnd, task.BeginCheckpoint()), Is.EqualTo((false, (TaskCapture?)null)));
        _input.Give(task, 0, 2, 3);
        using IFrozenState state = task.BeginCheckpoint()!.State;
        Assert.That(task.AtFrameEnd, Is.True);
    }

    [Test]
    public void BeginCheckpoint_WhileOneIsUnderWay_WaitsAndAfterAFailureTriesTheSameAgain()
    {
        TaskMachine task = Start();
        _input.GiveFrame(task, 0);
        TaskCapture first = task.BeginCheckpoint()!;
        Assert.That(task.BeginCheckpoint(), Is.Null);
        task.EndCheckpoint(null);
        TaskCapture again = task.BeginCheckpoint()!;
        Assert.That(again.Header with { Outputs = [] }, Is.EqualTo(first.Header with { Outputs = [] }));
        first.State.Dispose();
        again.State.Dispose();
    }

    [Test]
    public void BeginCheckpoint_WithNothingNewSinceTheCommit_GivesNone()
    {
        TaskMachine task = Start();
        Assert.That(task.BeginCheckpoint(), Is.Null);
        _input.GiveFrame(task, 0);
        task.BeginCheckpoint()!.State.Dispose();
        task.EndCheckpoint(3);
        Assert.That(task.BeginCheckpoint(), Is.Null);
    }

    [Test]
    public void BeginCheckpoint_AfterTwoWholeOnes_GivesLinksUntilThereAreEnoughOrOneFails()
    {
        TaskMachine task = Start();
        var links = new List<int>();
        for (int frame = 0; frame < _input.FrameCount && frame < 7; frame++)
        {
            if (frame < 6)
            {
                // Nothing new: that is no failure.
                Assert.That(task.BeginCheckpoint(maxLinks: 2), Is.Null);
                task.EndCheckpoint(null);
            }

            _input.GiveFrame(task, frame);
            TaskCapture capture = task.BeginCheckpoint(maxLinks: 2)!;
            SnapshotLink? since = capture.Since;
            using SnapshotBytes bytes = SnapshotChain.Encode(capture with { Since = null }, out SnapshotName name);
            capture.Stored = new SnapshotLink(name, capture.State, 1_000, 0, since is null ? 0 : since.Links + 1);
            links.Add(capture.Stored.Links);
            task.EndCheckpoint(frame == 5 ? null : task.NextOffset);
        }

        Assert.That(links, Is.EqualTo(new[] { 0, 0, 1, 2, 0, 1, 0 }.Take(links.Count)));
    }

    [Test]
    public void Restore_FromASnapshotOfAnotherPoint_IsRefused()
    {
        TaskMachine task = Start();
        _input.GiveFrame(task, 0);
        TaskCapture capture = task.BeginCheckpoint()!;
        using SnapshotBytes bytes = SnapshotCodec.Encode(capture.Header, capture.State);
        RestorePoint point = capture.StoredAs(capture.Name(1)).Point;
        TaskGrant grant = InputSequence.Grant(point with { HashSum = point.HashSum + 1 });
        Assert.That(
            () => new TaskMachine(grant, new CountOperator(_context), SnapshotCodec.Open(bytes)),
            Throws.TypeOf<SnapshotDamagedException>());
        capture.State.Dispose();
    }

    [Test]
    public void Outputs_AfterAReplayFromACheckpoint_AreNumberedLikeTheFirstTime()
    {
        var first = new TaskMachine(InputSequence.Grant(), new EchoOperator(), null);
        _input.GiveFrame(first, 0);
        TaskCapture capture = first.BeginCheckpoint()!;
        using SnapshotBytes bytes = SnapshotCodec.Encode(capture.Header, capture.State);
        List<string> beforeCheckpoint = Take(first);
        _input.GiveFrame(first, 1);
        _input.GiveFrame(first, 2);
        List<string> expected = Take(first);

        TaskGrant grant = InputSequence.Grant(capture.StoredAs(capture.Name(1)).Point, epoch: 6);
        var second = new TaskMachine(grant, new EchoOperator(), SnapshotCodec.Open(bytes));
        for (int at = 3; at < 7; at++)
        {
            _input.Give(second, 1, at, at + 1);
        }

        _input.GiveFrame(second, 2);
        capture.State.Dispose();

        Assert.That(beforeCheckpoint, Has.Count.EqualTo(3));
        Assert.That(Take(second), Is.EqualTo(expected));
    }

    [Test]
    public void Apply_OfALargeBlock_AllocatesNothing()
    {
        var input = new InputSequence([4096, 4096, 4096]);
        TaskMachine task = Start();
        var scratch = new EventFields[512];
        var blocks = Enumerable.Range(0, 3)
            .Select(frame => input.Entries.Bytes(input.FirstEvent(frame), input.EndEvent(frame)))
            .ToArray();
        Apply(0);
        Apply(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Apply(2);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(task.NextOffset, Is.EqualTo(3 * 4096));
        Assert.That(allocated, Is.LessThan(1024));

        void Apply(int frame)
        {
            var block = new Block
            {
                Task = task.Grant.Task,
                Epoch = task.Grant.Epoch,
                Position = InputSequence.EndOf(frame),
                FirstOffset = (ulong)input.FirstEvent(frame),
                Count = 4096,
                Continued = false,
                Entries = blocks[frame],
            };
            task.Apply(block, scratch);
        }
    }

    private static TaskMachine Start() => new(InputSequence.Grant(), new CountOperator(_context), null);

    private static List<string> Take(TaskMachine task)
    {
        var taken = new List<string>();
        while (task.Outputs.TryTake(out TaskOutput? output))
        {
            taken.Add($"{output!.Topic}/{output.Sequence}: {Encoding.UTF8.GetString(output.Value)}");
        }

        return taken;
    }

    private static string Render(TaskMachine task) => Render(
        task.Ask(new ScanKeys(default, default, int.MaxValue)).Entries
            .ToDictionary(entry => Encoding.UTF8.GetString(entry.Key), entry => entry.Count));

    private static string Render(Dictionary<string, ulong> counts) =>
        string.Join(
            ",",
            counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
