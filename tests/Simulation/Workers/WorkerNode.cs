using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Workers;

/// <summary>A machine that runs a worker process.</summary>
internal sealed class WorkerNode : SimNode
{
    private readonly ICoordinatorAddress _coordinator;
    private WorkerProcess? _process;

    public WorkerNode(World world, string name, double drift, ICoordinatorAddress coordinator)
        : base(world, name, drift)
    {
        _coordinator = coordinator;
        Contact = new Contact(world);
        Spy = new SpyNode(world, this, drift, coordinator);
        world.Contacts.Add(name, Contact);
    }

    public Contact Contact { get; }

    /// <summary>Does nothing unless it is started, too.</summary>
    public SpyNode Spy { get; }

    /// <summary>Tells the process to finish and leave, as SIGTERM does.</summary>
    public void Drain()
    {
        if (IsUp)
        {
            World.Scheduler.After(0, Life!, () => _process?.Drain());
        }
    }

    /// <summary>An event takes the process down; a supervisor starts another one.</summary>
    public void Die()
    {
        World.Trace.Add("died of an event", Name);
        End(silent: false);
        StartAfter(Random.Between(100_000L, 1_000_000));
    }

    /// <summary>The tasks that run now.</summary>
    public IEnumerable<RunningTask> Running => _process?.Running ?? [];

    protected override void Boot()
    {
        _process = new WorkerProcess(this, _coordinator);
        _process.Start();
        Spy.Observe(Life!);
    }

    protected override void Ended() => _process = null;
}
