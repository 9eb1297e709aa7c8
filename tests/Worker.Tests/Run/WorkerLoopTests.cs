using Millrace.Common.Model;
using Millrace.Worker.Core;
using Millrace.Worker.Core.Tasks;
using Millrace.Worker.Tests.Core.Tasks;

namespace Millrace.Worker.Tests.Run;

/// <summary>The loop, the machine, a run loop, checkpoints and restores together, without threads or sockets.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WorkerLoopTests
{
    private readonly RunHarness _harness = new();

    [TearDown]
    public Task Stop() => _harness.DisposeAsync().AsTask();

    [Test]
    public async Task Assigned_ThenBlocksThenTime_EndsInACommitThatRestores()
    {
        await _harness.AssignAsync(InputSequence.Grant());
        _harness.Deliver(0, 1);
        SendCommit commit = await _harness.CheckpointAsync();
        Assert.Multiple(() =>
        {
            Assert.That(commit.Checkpoint.Point.NextOffset, Is.EqualTo(7));
            Assert.That(commit.Checkpoint.Point.Position, Is.EqualTo(InputSequence.EndOf(1)));
            Assert.That(commit.Checkpoint.Point.HashSum, Is.EqualTo(_harness.Input.Entries.HashSum(7)));
            Assert.That(_harness.Store.Stored.Keys.Single().ToString(), Is.EqualTo(commit.Checkpoint.Point.SnapshotId));
        });

        await _harness.AssignAsync(InputSequence.Grant(commit.Checkpoint.Point, epoch: 6));
        Assert.That(_harness.Subscriptions[^1], Is.EqualTo((InputSequence.EndOf(1), 7ul)));
        _harness.Deliver(2);
        SendCommit second = await _harness.CheckpointAsync();
        Assert.That(second.Checkpoint.Point.HashSum, Is.EqualTo(_harness.Input.Entries.HashSum(8)));
    }

    [Test]
    public async Task Assigned_WhenTheSnapshotCannotBeHad_TriesAgain()
    {
        await _harness.AssignAsync(InputSequence.Grant());
        _harness.Deliver(0);
        SendCommit commit = await _harness.CheckpointAsync();
        _harness.Store.Failure = new IOException("gone for a moment");
        Task assigned = _harness.AssignAsync(InputSequence.Grant(commit.Checkpoint.Point, epoch: 6));
        await _harness.UntilAsync(() => _harness.Failures > 0);
        _harness.Store.Failure = null;
        _harness.Advance(1);
        await assigned;
        Assert.That(_harness.Subscriptions[^1].NextOffset, Is.EqualTo(3));
    }

    [Test]
    public async Task Row23_SnapshotIsDamaged_StartsFromTheOneBeforeAndCommitsTheSameSum()
    {
        await _harness.AssignAsync(InputSequence.Grant());
        _harness.Deliver(0);
        RestorePoint older = (await _harness.CheckpointAsync()).Checkpoint.Point;
        _harness.Deliver(1);
        RestorePoint newest = (await _harness.CheckpointAsync()).Checkpoint.Point;
        _harness.Store.Stored.Single(s => s.Key.ToString() == newest.SnapshotId).Value[^1] ^= 1;

        await _harness.AssignAsync(InputSequence.Grant(newest, epoch: 6) with { Older = older });
        Assert.That(_harness.Subscriptions[^1], Is.EqualTo((older.Position, older.NextOffset)));
        _harness.Deliver(1, 2);
        SendCommit commit = await _harness.CheckpointAsync();
        Assert.That(commit.Checkpoint.Point.HashSum, Is.EqualTo(_harness.Input.Entries.HashSum(8)));
    }

    [Test]
    public async Task CheckpointFailed_ByTheStore_IsTakenAgainLater()
    {
        await _harness.AssignAsync(InputSequence.Grant());
        _harness.Deliver(0);
        _harness.Store.Failure = new IOException("disk full");
        _harness.Advance(2.5);
        await _harness.UntilAsync(() => _harness.Failures > 0);
        _harness.Store.Failure = null;
        SendCommit commit = await _harness.CheckpointAsync();
        Assert.That(commit.Checkpoint.Point.NextOffset, Is.EqualTo(3));
    }

    [Test]
    public async Task DrainAsked_WithNewEvents_CommitsThemThenLeaves()
    {
        await _harness.AssignAsync(InputSequence.Grant());
        _harness.Deliver(0);
        _harness.Loop.Post(new DrainAsked("SHUTDOWN"));
        await _harness.UntilAsync(() => _harness.Sent.OfType<SendCommit>().Any());
        _harness.Answer(_harness.Sent.OfType<SendCommit>().Single());
        await _harness.UntilAsync(() => _harness.Loop.Left.IsCompleted);
        Assert.That(_harness.Sent[^1], Is.EqualTo(new SendGoodbye("SHUTDOWN")));
    }

    [Test]
    public async Task HeldAsync_AfterPosts_SeesThemAll()
    {
        await _harness.AssignAsync(InputSequence.Grant());
        _harness.Loop.Post(new WasFenced(new TaskId(1), new Epoch(5), "REASSIGNED"));
        Task<Holdings> held = _harness.Loop.HeldAsync(default);
        _harness.Turn();
        Assert.That((await held).Tasks, Is.Empty);
    }
}
