using Millrace.Simulation.Disk;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Faults;

/// <summary>Makes things go wrong at drawn times, and puts everything right again at the end.</summary>
internal sealed class FaultInjector(Cluster cluster, SimRandom random)
{
    private const long Ms = 1_000;
    private const long Second = 1_000_000;

    private readonly World _world = cluster.World;
    private readonly RandomOperator _operator = new(cluster, random);
    private readonly PartitionChanges _changes = new(cluster, random.Fork("partitions"));
    private bool _over;

    /// <summary>How many faults there were.</summary>
    public int Count { get; private set; }

    public void Start() => Next();

    /// <summary>No more faults; what is down comes up, what is blocked is free.</summary>
    public void Heal()
    {
        _over = true;
        _world.Network.UnblockAll();
        _world.Network.SlowDown = 1;
        cluster.Coordinator.Disk.Heal();
        cluster.Coordinator.Clock.SetWall(0);
        _operator.OpenAll();
        foreach (SimNode node in cluster.Nodes)
        {
            node.WakeUp();
            node.StartAfter(random.Between(0L, Second));
        }
    }

    private void Next()
    {
        long gap = (long)(-Math.Log(1 - random.Fraction()) * _world.Options.FaultGapUs);
        _world.Scheduler.After(Math.Min(gap, 5 * _world.Options.FaultGapUs), () =>
        {
            if (!_over)
            {
                Inject(random.Pick(_world.Options.Faults));
                Next();
            }
        });
    }

    private void Inject(FaultKind kind)
    {
        Count++;
        _world.Trace.Add($"fault {kind}", "world");
        switch (kind)
        {
            case FaultKind.KillCoordinator:
                cluster.Coordinator.End(silent: false);
                cluster.Coordinator.StartAfter(Downtime());
                break;
            case FaultKind.CoordinatorPowerCut:
                PowerCut();
                break;
            case FaultKind.CoordinatorDiesAtDisk:
                cluster.Coordinator.Disk.DieAfter(random.Between(1, 40), DrawLoss());
                break;
            case FaultKind.DiskFailure:
                cluster.Coordinator.Disk.FailAfter(random.Between(1, 60), random.Chance(0.3));
                break;
            case FaultKind.SlowDisk:
                cluster.Coordinator.Disk.SlowDown(random.Between(2, 20), random.Between(100 * Ms, 3 * Second));
                break;
            case FaultKind.DiskFull:
                cluster.Coordinator.Disk.FillUp(random.Between(100 * Ms, 5 * Second));
                break;
            case FaultKind.BitFlip:
                cluster.Coordinator.End(silent: false);
                cluster.Coordinator.Archive.Damage(random);
                cluster.Coordinator.StartAfter(Downtime());
                break;
            case FaultKind.ClockJump:
                cluster.Coordinator.Clock.SetWall(random.Between(-30_000L, 30_000L));
                break;
            case FaultKind.PauseCoordinator:
                cluster.Coordinator.Pause(random.Between(50 * Ms, 3 * Second));
                break;
            case FaultKind.CutThenPowerCut:
                CutThenPowerCut();
                break;
            default:
                InjectAway(kind);
                break;
        }
    }

    private void InjectAway(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.KillWorker or FaultKind.WorkerVanishes:
                SimNode worker = random.Pick(cluster.Workers);
                worker.End(silent: kind == FaultKind.WorkerVanishes);
                worker.StartAfter(Downtime());
                break;
            case FaultKind.WorkerDrains:
                random.Pick(cluster.Workers).Drain();
                break;
            case FaultKind.PauseWorker:
                random.Pick(cluster.Workers).Pause(PauseTime());
                break;
            case FaultKind.KillProducer:
                SimNode producer = random.Pick(cluster.Producers);
                producer.End(silent: random.Chance(0.3));
                producer.StartAfter(Downtime());
                break;
            case FaultKind.PauseProducer:
                random.Pick(cluster.Producers).Pause(PauseTime());
                break;
            case FaultKind.ChangePartitions:
                _changes.Change();
                break;
            case FaultKind.SecondProducer:
                cluster.StartTwin(random.Below(cluster.Producers.Count));
                break;
            case FaultKind.MoveTask:
                _operator.Move();
                break;
            case FaultKind.MakePlan:
                _operator.MakePlan();
                break;
            case FaultKind.DrainWorker:
                _operator.Drain();
                break;
            case FaultKind.CordonWorker:
                _operator.Cordon();
                break;
            default:
                InjectNetwork(kind);
                break;
        }
    }

    private void InjectNetwork(FaultKind kind)
    {
        string node = random.Pick(cluster.Remotes).Name;
        string coordinator = cluster.Coordinator.Name;
        switch (kind)
        {
            case FaultKind.CutStream:
                if (_world.Network.Streams.Count > 0)
                {
                    random.Pick(_world.Network.Streams).Break(random.Between(0L, 50 * Ms));
                }

                break;
            case FaultKind.CutNode:
                Cut(node);
                break;
            case FaultKind.BlockOneWay:
                bool deaf = random.Chance(0.5);
                Block(deaf ? coordinator : node, deaf ? node : coordinator);
                break;
            case FaultKind.BlockBothWays:
                Block(node, coordinator);
                Block(coordinator, node);
                break;
            case FaultKind.SlowNetwork:
                _world.Network.SlowDown = random.Between(2, 10);
                _world.Scheduler.After(random.Between(100 * Ms, 3 * Second), () => _world.Network.SlowDown = 1);
                break;
        }
    }

    private void Block(string from, string to)
    {
        _world.Network.Block(from, to);
        _world.Scheduler.After(PauseTime(), () => _world.Network.Unblock(from, to));
    }

    private void Cut(string node)
    {
        string coordinator = cluster.Coordinator.Name;
        foreach (SimStream stream in _world.Network.Streams.Where(s => s.Joins(node, coordinator)).ToArray())
        {
            stream.Break(random.Between(0L, 50 * Ms));
        }
    }

    private void PowerCut()
    {
        cluster.Coordinator.End(silent: random.Chance(0.5));
        cluster.Coordinator.Disk.LosePower(DrawLoss());
        cluster.Coordinator.StartAfter(Downtime());
    }

    private void CutThenPowerCut()
    {
        cluster.Coordinator.Disk.SlowDown(20, 400 * Ms);
        _world.Scheduler.After(random.Between(0L, 100 * Ms), () => Cut(random.Pick(cluster.Producers).Name));
        _world.Scheduler.After(random.Between(100 * Ms, 500 * Ms), PowerCut);
    }

    private PowerLoss DrawLoss() => random.Pick(Enum.GetValues<PowerLoss>());

    private long Downtime() => random.Chance(0.7)
        ? random.Between(1 * Ms, 500 * Ms)
        : random.Between(1 * Second, 8 * Second);

    private long PauseTime() => random.Chance(0.5)
        ? random.Between(10 * Ms, 900 * Ms)
        : random.Between(1 * Second, (long)(_world.Options.Lease.TotalMicroseconds * 2));
}
