using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Health;

public sealed class QuarantineTests
{
    private TestCluster _cluster = null!;
    private ulong _life;

    [SetUp]
    public void ThreeWorkers()
    {
        _cluster = Started();
        _life = 1;
        foreach (string worker in new[] { "w1", "w2", "w3" })
        {
            _cluster.Hello(worker);
        }

        _cluster.Deploy(6);
    }

    private bool IsOn => _cluster.Worker("w1").QuarantineLeft is not null;

    /// <summary>The process of w1 dies and comes back at once.</summary>
    private void Fall(string worker = "w1")
    {
        _cluster.Do(new ProcessSeen(new TaskOwner(worker, _life), 1, ProcessState.Gone, 137));
        _life += worker == "w1" ? 1UL : 0;
        _cluster.Hello(worker, incarnation: worker == "w1" ? _life : 2);
    }

    private void Fall(int times)
    {
        for (int i = 0; i < times; i++)
        {
            Fall();
            _cluster.Run(2, "w1", "w2", "w3");
        }
    }

    [Test]
    public void Falls_FiveWithinAMinute_LeaveItWithoutNewTasks()
    {
        Fall(4);
        Assert.That(IsOn, Is.False);
        Fall(1);
        Assert.Multiple(() =>
        {
            Assert.That(IsOn);
            Assert.That(_cluster.Worker("w1").State, Is.EqualTo(WorkerState.Alive));
            Assert.That(_cluster.Owners(), Does.Not.Contain("w1"));
            Assert.That(Raised(_cluster.Effects), Does.Contain("WORKER_QUARANTINED"));
        });

        _cluster.Run(32, "w1", "w2", "w3");
        Assert.That(IsOn, Is.False);
        Assert.That(_cluster.Owners(), Does.Contain("w1"), "it takes its share again");
    }

    [Test]
    public void Fall_OnProbation_CostsTwiceAsMuch()
    {
        Fall(5);
        _cluster.Run(30, "w1", "w2", "w3");
        Fall(1);
        Assert.That(_cluster.Worker("w1").QuarantineLeft, Is.EqualTo(TimeSpan.FromSeconds(58)));
    }

    [Test]
    public void Falls_FarApart_AreNoFlapping()
    {
        for (int i = 0; i < 10; i++)
        {
            Fall();
            _cluster.Run(20, "w1", "w2", "w3");
        }

        Assert.That(IsOn, Is.False);
    }

    [Test]
    public void Uncordon_DuringAQuarantine_EndsIt()
    {
        Fall(5);
        Assert.That(_cluster.Ask(c => new UncordonWorker(c, "w1", null, false)), Is.EqualTo(new Changed("w1")));
        Assert.That(IsOn, Is.False);
        Fall(1);
        Assert.That(IsOn, Is.False, "the probation is forgotten, too");
    }

    [Test]
    public void Quarantine_OfTheOnlyWorkerLeft_Ends()
    {
        Fall(5);
        _cluster.Do(new WorkerGoodbye("w2", 1, "x"));
        _cluster.Do(new WorkerGoodbye("w3", 1, "x"));
        _cluster.Run(1, "w1");
        Assert.That(_cluster.Owners(), Is.EqualTo("w1: 1 2 3 4 5 6"));
    }

    [Test]
    public void Stalled_WhileEventsWait_GetsNothingNewAndKeepsWhatItHas()
    {
        ulong epoch = _cluster.OpenProducer("p");
        Report(0);
        _cluster.Publish("p", epoch, 1, 60);
        _cluster.Seal();
        _cluster.Run(9, "w1", "w2", "w3");
        Assert.That(_cluster.Worker("w1").State, Is.EqualTo(WorkerState.Alive));
        _cluster.Run(3, "w1", "w2", "w3");
        Assert.Multiple(() =>
        {
            WorkerState[] states = [.. _cluster.View.Workers.Select(w => w.State)];
            Assert.That(states, Is.EqualTo(new[] { WorkerState.Stalled, WorkerState.Alive, WorkerState.Alive }));
            Assert.That(_cluster.Worker("w1").StateReason, Is.EqualTo("NO_PROGRESS"));
            Assert.That(_cluster.Owners(), Does.StartWith("w1: 1 4;"));
        });

        Report(3);
        _cluster.Run(1, "w1", "w2", "w3");
        Assert.That(_cluster.Worker("w1").State, Is.EqualTo(WorkerState.Alive));
    }

    private void Report(ulong offset) => _cluster.Do(new TaskProgressed(
        "w1",
        _cluster.SessionOf("w1"),
        [
            .. new ulong[] { 1, 4 }.Select(_cluster.Task).Select(t =>
                new TaskProgress(t.Id, t.Epoch, TaskRunState.Running, 0, offset, 0, 0)),
        ]));
}
