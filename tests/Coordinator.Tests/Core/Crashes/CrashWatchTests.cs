using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Crashes;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Crashes;

/// <summary>One worker that runs two tasks and dies again and again, as another process each time.</summary>
public sealed class CrashWatchTests
{
    private TestCluster _cluster = null!;
    private ulong _life;
    private ulong _producer;
    private ulong _published;

    [SetUp]
    public void TwoTasksWithEvents()
    {
        _cluster = Started();
        _life = 1;
        _published = 0;
        _cluster.Hello("w1");
        _cluster.Deploy(2);
        _producer = _cluster.OpenProducer("p");
        Publish(20);
    }

    [Test]
    public void Worker_ThatDiesThreeTimesWithoutCommits_GetsAllItsTasksWithCare()
    {
        Die();
        Assert.That(Die().Select(a => a.Careful), Is.EqualTo(new[] { false, false }));
        Assert.That(Die().Select(a => a.Careful), Is.EqualTo(new[] { true, true }));
    }

    [Test]
    public void Tasks_OfOneWorker_HaveLeaveOneAfterTheOther()
    {
        DieOften();
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 10) }), "for all that there is");
        Assert.That(Ask(2, 0), Is.Empty);
        Assert.That(Ask(2, 0), Is.Empty);
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 10) }), "who asks twice is told twice");
        Assert.That(Ask(1, 5), Is.EqualTo(new[] { Leave(2, 0, 10) }));
        Assert.That(Ask(2, 5, waits: false), Is.EqualTo(new[] { Leave(1, 5, 5) }));
        Assert.That(Ask(1, 10, waits: false), Is.Empty);
        Assert.That(Ask(2, 10, waits: false), Is.EqualTo(new[] { Leave(2, 10, Allowance.All) }));
        Assert.That(Ask(1, 10), Is.EqualTo(new[] { Leave(1, 10, Allowance.All) }));
    }

    [Test]
    public void Task_ThatAsksAgainAfterMoreHasCome_HasTheSameLeaveAsBefore()
    {
        DieOften();
        Ask(1, 0);
        Ask(2, 0);
        Publish(20);
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 10) }));
        Assert.That(Ask(1, 10), Is.EqualTo(new[] { Leave(2, 0, 10) }));
        Assert.That(
            Ask(2, 10, waits: false), Is.EqualTo(new[] { Leave(2, 10, Allowance.All), Leave(1, 10, 10) }));
    }

    [Test]
    public void Worker_ThatDiesWhileATaskHasLeave_NarrowsTheLeaveOfThatTaskAlone()
    {
        Publish(580);
        DieOften();
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 256) }));
        Ask(2, 0);
        Die();
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 16) }));
        Assert.That(Ask(1, 256, waits: false), Is.Empty);
        Assert.That(Ask(2, 0), Is.EqualTo(new[] { Leave(2, 0, 256) }));
    }

    [Test]
    public void Worker_ThatIsOutOfReachWhileATaskHasLeave_BlamesNobody()
    {
        DieOften();
        Ask(1, 0);
        _cluster.Run(30);
        Assert.That(Raised(), Has.Member("WORKER_LOST"));
        _cluster.Hello("w1", incarnation: ++_life);
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 10) }));
    }

    [Test]
    public void Worker_ThatDiesWhileAnotherTaskNeedsNoLeave_BlamesNobodyButMakesThatOneCareful()
    {
        _cluster = Started();
        _cluster.Hello("w1");
        _cluster.Deploy(2);
        _cluster.Store(_cluster.Task(1), 10);
        _cluster.Seal();
        DieOften();
        _cluster.Store(_cluster.Task(2), 10);
        _cluster.Seal();
        Ask(1, 0);
        Assert.That(Die().Select(a => a.Careful), Is.EqualTo(new[] { true, true }));
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 10) }));
    }

    [Test]
    public void Task_ThatIsThroughBeforeASuspectedOneIsGivenOut_StaysCareful()
    {
        _cluster = Started(CoordinatorPolicy.Default with { MovesPerTurn = 1 });
        _cluster.Hello("w1");
        _cluster.Deploy(2);
        _cluster.Store(_cluster.Task(1), 10);
        _cluster.Store(_cluster.Task(2), 10);
        _cluster.Seal();
        _cluster.Run(2, "w1");
        for (int i = 0; i < CrashTrail.DeathsToSuspect; i++)
        {
            Die();
            if (i < CrashTrail.DeathsToSuspect - 1)
            {
                _cluster.Run(2, "w1");
            }
        }

        AssignedTask[] given = [.. _cluster.State.Assignments.All.Where(t => t.Owner.Incarnation == _life)];
        Assert.That(given, Has.Length.EqualTo(1), "the other one waits for its turn");
        Assert.That(Ask(given[0].Id.Value, 10, waits: false), Is.Empty);
        Assert.That(given[0].IsCareful, Is.True);
    }

    [Test]
    public void Task_ThatStandsStillAtABadEvent_IsNotSuspectedForNotCommitting()
    {
        Report(0, "it is bad");
        Report(0, "it is bad", task: 2);
        for (int i = 0; i < 10; i++)
        {
            Assert.That(Die().Select(a => a.Careful), Is.EqualTo(new[] { false, false }));
        }
    }

    [Test]
    public void Event_AtWhichThreeWorkersDie_IsForbiddenAndJudgedByTheJobsRule()
    {
        DieOfOne();
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 0) }));
        Assert.That(Raised(), Has.Member("EVENT_TAKES_WORKERS_DOWN"));
        Report(0, Allowance.Forbidden);
        Assert.That(_cluster.State.DeadLetters.Of(new TaskId(1))!.Stopped!.TookProcessDown, Is.True);
    }

    [Test]
    public void Event_AtWhichATaskStandsStill_IsForbiddenAfterARestartAndUntilItIsJudged()
    {
        DieOfOne();
        Report(0, Allowance.Forbidden);
        _cluster.Seal();
        _cluster = _cluster.Restart();
        Assert.That(Die().Select(a => a.Careful), Is.EqualTo(new[] { true, false }));
        _cluster.Ask(c => new SetBadEventRule(
            c, "clicks-count", new BadEventRule(BadEventPolicy.Quarantine), null, false));
        Assert.That(Ask(1, 0), Is.EqualTo(new[] { Leave(1, 0, 0) }));
        Report(0, Allowance.Forbidden);
        Assert.That(_cluster.State.DeadLetters.All.Single().Offset, Is.Zero);
        Assert.That(Ask(1, 1), Is.EqualTo(new[] { Leave(1, 1, Allowance.All) }));
    }

    [Test]
    public void Task_WithCare_HasNoCopies()
    {
        _cluster = Started(CoordinatorPolicy.Default);
        _cluster.Hello("w1");
        _cluster.Hello("w2");
        _cluster.Deploy(1, standbys: 1);
        _cluster.Publish("p", _cluster.OpenProducer("p"), 1, 10);
        _cluster.Seal();
        _cluster.Run(2, "w1", "w2");
        AssignedTask task = _cluster.Task(1);
        Assert.That(task.Copies, Has.Count.EqualTo(1));
        for (ulong i = 2; i < 5; i++)
        {
            _cluster.Hello("w1", incarnation: i);
            _cluster.Hello("w2", incarnation: i);
        }

        Assert.That(task.IsCareful, Is.True);
        _cluster.Run(6, "w1", "w2");
        Assert.That(task.Copies, Is.Empty);
    }

    [Test]
    public void Worker_ThatEventsTakeDown_IsNotQuarantined()
    {
        _cluster.Hello("w2");
        DieOfOne();
        Assert.That(Raised(), Has.No.Member("WORKER_QUARANTINED"));
    }

    private void Publish(int count)
    {
        _cluster.Publish("p", _producer, _published + 1, count);
        _cluster.Seal();
        _published += (ulong)count;
    }

    private void DieOften()
    {
        for (int i = 0; i < CrashTrail.DeathsToSuspect; i++)
        {
            Die();
        }
    }

    /// <summary>All ten events, and the first one until it is clear.</summary>
    private void DieOfOne()
    {
        DieOften();
        for (int i = 0; i < 1 + CrashTrail.DeathsToForbid; i++)
        {
            Ask(1, 0);
            Die();
        }
    }

    /// <returns>What the next process is given.</returns>
    private Assign[] Die() =>
        [.. Told<Assign>(_cluster.Hello("w1", incarnation: ++_life), "w1").OrderBy(a => a.Task.Value)];

    private GiveLeave[] Ask(ulong task, ulong offset, bool waits = true) =>
    [
        .. Told<GiveLeave>(
            _cluster.Do(new TrialAsked(
                "w1",
                _cluster.SessionOf("w1"),
                new TaskId(task),
                _cluster.Task(task).Epoch,
                new Trial(offset, waits))),
            "w1"),
    ];

    private GiveLeave Leave(ulong task, ulong offset, uint count) =>
        new(new TaskId(task), _cluster.Task(task).Epoch, new Allowance(offset, count));

    private void Report(ulong offset, string reason, ulong task = 1) => _cluster.Do(new PoisonReported(
        "w1",
        _cluster.SessionOf("w1"),
        new TaskId(task),
        _cluster.Task(task).Epoch,
        offset,
        reason,
        false,
        "k"u8.ToArray(),
        [0x7A, 0]));

    private IEnumerable<string> Raised() =>
        _cluster.Effects.OfType<AppendRecord>().Select(a => a.Record).OfType<EventRaised>().Select(e => e.Reason);
}
