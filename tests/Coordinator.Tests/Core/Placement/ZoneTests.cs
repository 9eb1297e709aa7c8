using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement;
using Millrace.Coordinator.Core.Placement.Balancing;
using static Millrace.Coordinator.Tests.Core.TestCluster;

namespace Millrace.Coordinator.Tests.Core.Placement;

/// <summary>Workers of one zone fail together.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ZoneTests
{
    private readonly TestCluster _cluster = Started(CoordinatorPolicy.Default);
    private string[] _workers = [];

    [Test]
    public void Standbys_OfEachTask_AreInOtherZonesThanTheOwnerAndThanEachOther()
    {
        Join("a", "a", "b", "b", "c", "c");
        _cluster.Deploy(12, standbys: 2);
        Settle();
        Assert.That(ZonesOf(), Is.All.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(_cluster.Run(10, _workers).OfType<AppendRecord>(), Is.Empty, "nothing is left to do");
    }

    [Test]
    public void Standbys_MoreThanThereAreZones_AreInTheOthersFirst()
    {
        Join("a", "a", "a", "b");
        _cluster.Deploy(6, standbys: 2);
        Settle();
        Assert.That(ZonesOf(), Is.All.EqualTo(new[] { "a", "a", "b" }));
    }

    /// <summary>At no time is there none, but for the task that the newcomer itself gets.</summary>
    [Test]
    public void Standby_InTheOwnersZone_IsReplacedOnceAnotherZoneHasRoom()
    {
        Join("a", "a");
        _cluster.Deploy(4, standbys: 1);
        Settle();
        Assert.That(ExplainedFirst(), Does.Contain("STANDBY_IN_THE_SAME_ZONE"));
        Join("b");
        for (int i = 0; i < 40; i++)
        {
            Follow();
            _cluster.Run(0.3, _workers);
            Assert.That(
                _cluster.State.Assignments.All.Where(t => t.Worker != "w3" && t.Transfer is null)
                    .Select(t => t.Standbys.Any(s => s.IsLoaded)),
                Is.All.True);
        }

        Assert.Multiple(() =>
        {
            Assert.That(ZonesOf(), Is.All.EquivalentTo(new[] { "a", "b" }));
            Assert.That(ExplainedFirst(), Does.Contain("STANDBY").And.Not.Contain("STANDBY_IN_THE_SAME_ZONE"));
            Assert.That(_cluster.Run(10, _workers).OfType<AppendRecord>(), Is.Empty, "nothing is left to do");
        });
    }

    [Test]
    public void Standby_InTheOwnersZone_StaysWhereOtherZonesHaveNoRoom()
    {
        Join("a", "a");
        _cluster.Deploy(4, standbys: 1);
        Settle();
        _workers = [.. _workers, "w3"];
        _cluster.Hello("w3", zone: "b", operators: "sum");
        List<Effect> effects = _cluster.Run(5, _workers);
        Assert.That(effects.OfType<AppendRecord>(), Is.Empty);
    }

    /// <summary>A zone is lost: every task goes on from a warm copy in another one.</summary>
    [Test]
    public void Zone_LostAsAWhole_LeavesACopyOfEveryTask()
    {
        Join("a", "a", "b", "b");
        _cluster.Deploy(8, standbys: 1);
        Settle();
        foreach (string worker in _workers[..2])
        {
            _cluster.Do(new WorkerGoodbye(worker, _cluster.SessionOf(worker), "bye"));
        }

        TaskAssigned[] taken = [.. Records<TaskAssigned>(_cluster.Effects).Where(t => t.Reason == AssignReason.Drain)];
        Assert.That(taken, Is.Not.Empty);
        Assert.That(Told<Assign>(_cluster.Effects, "w3").Concat(Told<Assign>(_cluster.Effects, "w4"))
            .Where(a => taken.Any(t => t.Epoch == a.Epoch)).Select(a => a.Warm || a.Confirmed), Is.All.True);
    }

    /// <summary>Pins by zone hold for standbys, too: nowhere else is a copy of the task.</summary>
    [Test]
    public void Pin_ToAZone_KeepsOwnerAndStandbysThere()
    {
        Join("a", "a", "b");
        _cluster.Deploy(1, standbys: 1);
        Settle();
        var pin = new TaskPin("", new Dictionary<string, string> { ["zone"] = "a" }, "");
        _cluster.Ask(c => new PinTask(c, new TaskName("clicks-count", "count", 0), pin, null, false));
        Settle();
        Assert.That(ZonesOf().Single(), Is.EqualTo(new[] { "a", "a" }));
        Assert.That(ExplainedFirst(), Does.Contain("PINNED"));
    }

    private void Join(params string[] zones)
    {
        foreach (string zone in zones)
        {
            _workers = [.. _workers, $"w{_workers.Length + 1}"];
            _cluster.Hello(_workers[^1], zone: zone);
        }

        _cluster.Run(3, _workers);
    }

    private void Settle()
    {
        for (int i = 0; i < 60; i++)
        {
            Follow();
            _cluster.Run(0.3, _workers);
        }

        Follow();
    }

    private void Follow()
    {
        foreach (AssignedTask task in _cluster.State.Assignments.Copies.All.ToArray())
        {
            foreach (WarmCopy copy in task.Copies.ToArray())
            {
                ulong head = _cluster.State.Partitions.Get(task.Partition).NextOffset;
                _cluster.Report(task.Id.Value, copy, head, position: _cluster.Open);
            }
        }
    }

    private string[][] ZonesOf() =>
    [
        .. _cluster.State.Assignments.All.Select(t => t.Copies.Select(c => c.Owner.Worker).Append(t.Worker)
            .Select(w => _cluster.Worker(w).Facts.Labels["zone"]).Order().ToArray()),
    ];

    private string[] ExplainedFirst() =>
    [
        .. ((Explanation)_cluster.Ask(c => new ExplainTask(c, new TaskName("clicks-count", "count", 0))))
            .Findings.Select(f => f.Reason),
    ];
}
