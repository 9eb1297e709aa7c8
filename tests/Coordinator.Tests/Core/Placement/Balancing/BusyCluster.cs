using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Tests.Core.Placement.Balancing;

/// <summary>A cluster whose workers report what their tasks cost: events times the microseconds that the owner needs
/// for one. A worker does a second's work in a second; what it does not get done stays behind.</summary>
internal sealed class BusyCluster(TestCluster cluster)
{
    private readonly Dictionary<ulong, (ulong Epoch, double Busy, double Events)> _done = [];
    private readonly Dictionary<ulong, double> _stored = [];

    public TestCluster Cluster { get; private set; } = cluster;

    /// <summary>Events per second of each task; 100 where nothing is said.</summary>
    public Dictionary<ulong, double> Rates { get; } = [];

    /// <summary>Microseconds for an event; 100 where nothing is said.</summary>
    public Dictionary<string, double> Costs { get; } = [];

    public static BusyCluster With(int tasks, params string[] workers)
    {
        TestCluster cluster = TestCluster.Started();
        Array.ForEach(workers, w => cluster.Hello(w));
        cluster.Deploy(tasks);
        return new BusyCluster(cluster);
    }

    public void Restart() => Cluster = Cluster.Restart();

    /// <summary>Time passes; all workers beat, and report once a second.</summary>
    public List<Effect> Run(int seconds, params string[] workers)
    {
        int from = Cluster.Effects.Count;
        for (int i = 0; i < seconds; i++)
        {
            foreach (AssignedTask task in Cluster.State.Assignments.All)
            {
                Cluster.Store(task, (uint)RateOf(task));
                _stored[task.Id.Value] = _stored.GetValueOrDefault(task.Id.Value) + RateOf(task);
            }

            Cluster.Seal();
            Cluster.Run(1, workers);
            Array.ForEach(workers, Report);
        }

        return Cluster.Effects[from..];
    }

    /// <summary>Busy seconds per second of a worker.</summary>
    public double UseOf(string worker) =>
        Cluster.State.Assignments.All.Where(t => t.Worker == worker).Sum(t => RateOf(t) * CostOn(worker) / 1e6);

    /// <summary>Events that are stored and not done, of all tasks.</summary>
    public double Lag => _stored.Sum(t => t.Value - _done.GetValueOrDefault(t.Key).Events);

    private void Report(string worker)
    {
        AssignedTask[] owned = [.. Cluster.State.Assignments.All.Where(t => t.Worker == worker)];
        double wanted = owned.Sum(LagOf) * CostOn(worker) / 1e6;
        double share = wanted > 1 ? 1 / wanted : 1;
        Cluster.Do(new TaskProgressed(
            worker, Cluster.SessionOf(worker), [.. owned.Select(t => Advance(t, worker, LagOf(t) * share))]));
    }

    private double LagOf(AssignedTask task) =>
        _stored.GetValueOrDefault(task.Id.Value) - _done.GetValueOrDefault(task.Id.Value).Events;

    private TaskProgress Advance(AssignedTask task, string worker, double more)
    {
        (ulong epoch, double busy, double events) = _done.GetValueOrDefault(task.Id.Value);
        busy = (epoch == task.Epoch.Value ? busy : 0) + more * CostOn(worker);
        events += more;
        _done[task.Id.Value] = (task.Epoch.Value, busy, events);
        return new TaskProgress(
            task.Id, task.Epoch, TaskRunState.Running, 0, (ulong)events, 1_000, 1, (ulong)busy);
    }

    private double RateOf(AssignedTask task) => Rates.GetValueOrDefault(task.Id.Value, 100);

    private double CostOn(string worker) => Costs.GetValueOrDefault(worker, 100);
}
