using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Tests.Core.Placement.Balancing;

/// <summary>A cluster whose workers report what their tasks cost: events per second times the microseconds that the
/// owner needs for one.</summary>
internal sealed class BusyCluster(TestCluster cluster)
{
    private readonly Dictionary<ulong, (ulong Epoch, double Busy, double Events)> _done = [];

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
            Cluster.Run(1, workers);
            Array.ForEach(workers, Report);
        }

        return Cluster.Effects[from..];
    }

    /// <summary>Busy seconds per second of a worker.</summary>
    public double UseOf(string worker) =>
        Cluster.State.Assignments.All.Where(t => t.Worker == worker).Sum(t => RateOf(t) * CostOn(worker) / 1e6);

    private void Report(string worker)
    {
        TaskProgress[] tasks =
        [
            .. Cluster.State.Assignments.All.Where(t => t.Worker == worker).Select(t => Advance(t, worker)),
        ];
        Cluster.Do(new TaskProgressed(worker, Cluster.SessionOf(worker), tasks));
    }

    private TaskProgress Advance(AssignedTask task, string worker)
    {
        (ulong epoch, double busy, double events) = _done.GetValueOrDefault(task.Id.Value);
        busy = epoch == task.Epoch.Value ? busy + RateOf(task) * CostOn(worker) : 0;
        events += RateOf(task);
        _done[task.Id.Value] = (task.Epoch.Value, busy, events);
        return new TaskProgress(
            task.Id, task.Epoch, TaskRunState.Running, 0, (ulong)events, 1_000, 1, (ulong)busy);
    }

    private double RateOf(AssignedTask task) => Rates.GetValueOrDefault(task.Id.Value, 100);

    private double CostOn(string worker) => Costs.GetValueOrDefault(worker, 100);
}
