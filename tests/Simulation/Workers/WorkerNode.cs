using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Workers;

/// <summary>A machine that runs a worker process.</summary>
internal sealed class WorkerNode(World world, string name, double drift, ICoordinatorAddress coordinator)
    : SimNode(world, name, drift)
{
    private WorkerProcess? _process;

    /// <summary>Tells the process to finish and leave, as SIGTERM does.</summary>
    public void Drain()
    {
        if (IsUp)
        {
            World.Scheduler.After(0, Life!, () => _process?.Drain());
        }
    }

    /// <summary>The tasks that run now.</summary>
    public IEnumerable<RunningTask> Running => _process?.Running ?? [];

    protected override void Boot()
    {
        _process = new WorkerProcess(this, coordinator);
        _process.Start();
    }

    protected override void Ended() => _process = null;
}
