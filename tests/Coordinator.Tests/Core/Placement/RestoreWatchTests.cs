using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement;

/// <summary>How long a restore may take, on the cluster's own clock.</summary>
public sealed class RestoreWatchTests
{
    private static readonly string[] _all = ["w1", "w2"];

    private TestCluster _cluster = null!;

    [SetUp]
    public void TwoWorkersAndOneTask()
    {
        _cluster = Started(CoordinatorPolicy.Default with { WarmMoves = false });
        Array.ForEach(_all, w => _cluster.Hello(w));
        _cluster.Deploy(1);
    }

    private AssignedTask Task => _cluster.Task(1);

    [Test]
    public void Restore_ThatHangs_StartsOverElsewhereAndSaysWhy()
    {
        string first = Task.Worker;
        Epoch epoch = Task.Epoch;
        Say(TaskRunState.Restoring);
        _cluster.Run(58, _all);
        Assert.That(Task.Epoch, Is.EqualTo(epoch));
        _cluster.Run(5, _all);
        Assert.Multiple(() =>
        {
            Assert.That(Task.Worker, Is.Not.EqualTo(first));
            Assert.That(Task.Epoch, Is.GreaterThan(epoch));
            Assert.That(Task.Reason, Is.EqualTo(AssignReason.RestoreTooSlow));
            Assert.That(Events("RESTORE_TOO_SLOW").Single(), Does.Contain(first));
        });
    }

    [Test]
    public void Restore_ThatIsDoneInTime_StaysAndIsForgotten()
    {
        Epoch epoch = Task.Epoch;
        Say(TaskRunState.Restoring);
        _cluster.Run(55, _all);
        Say(TaskRunState.Running);
        _cluster.Run(300, _all);
        Assert.That(Task.Epoch, Is.EqualTo(epoch));
    }

    /// <summary>The state may only be large, or its store slow: each attempt has twice the time, and they
    /// end.</summary>
    [Test]
    public void Restore_ThatAlwaysHangs_IsTriedAFewTimesWithMoreTimeAndThenLeft()
    {
        var changes = new List<double>();
        TimeSpan start = _cluster.Uptime;
        for (int i = 0; i < 1800; i++)
        {
            Epoch epoch = Task.Epoch;
            Say(TaskRunState.Restoring);
            _cluster.Run(1, _all);
            if (Task.Epoch != epoch)
            {
                changes.Add((_cluster.Uptime - start).TotalSeconds);
            }
        }

        Assert.That(changes, Has.Count.EqualTo(CoordinatorPolicy.Default.MostRestores - 1));
        Assert.That(changes[1] - changes[0], Is.InRange(119, 125));
        Assert.That(changes[2] - changes[1], Is.InRange(239, 245));
        Assert.That(Events("RESTORE_STUCK"), Has.Count.EqualTo(1));
    }

    [Test]
    public void Restore_OnTheOnlyWorker_StartsOverThere()
    {
        _cluster.Do(new WorkerGoodbye("w2", _cluster.SessionOf("w2"), "bye"));
        Epoch epoch = Task.Epoch;
        Say(TaskRunState.Restoring);
        _cluster.Run(63, "w1");
        Assert.That((Task.Worker, Task.Epoch > epoch), Is.EqualTo(("w1", true)));
        Assert.That(Task.Reason, Is.EqualTo(AssignReason.RestoreTooSlow));
    }

    /// <summary>Whatever tasks wait for, operators are answered and may change things.</summary>
    [Test]
    public void Restore_OfEverything_HoldsUpNoOperator()
    {
        Say(TaskRunState.Restoring);
        _cluster.Run(10, _all);
        Assert.That(_cluster.View.Assignments.Single().State.ToString(), Is.EqualTo("Restoring"));
        string other = Task.Worker == "w1" ? "w2" : "w1";
        _cluster.Deploy(2, "others");
        Assert.That(_cluster.View.Jobs, Has.Length.EqualTo(2));
        _cluster.Do(new WorkerGoodbye(Task.Worker, _cluster.SessionOf(Task.Worker), "drained"));
        Assert.That(Task.Worker, Is.EqualTo(other), "a restore under way keeps nobody from moving it");
    }

    private void Say(TaskRunState state) => _cluster.Do(new TaskProgressed(
        Task.Worker,
        _cluster.SessionOf(Task.Worker),
        [new TaskProgress(Task.Id, Task.Epoch, state, 0, 0, 0, 0)]));

    private List<string> Events(string reason) =>
        [.. Records<EventRaised>(_cluster.Effects).Where(e => e.Reason == reason).Select(e => e.Message)];
}
