using Millrace.Simulation.Disk;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;
using Millrace.Simulation.Run;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Faults;

/// <summary>Makes things go wrong at drawn times, and puts everything right again at the end.</summary>
/// <param name="draws">Decides when there are faults and of which kind; what each of them does it draws by itself, so
/// that one can be left out without a change of the others.</param>
internal sealed class FaultInjector(Cluster cluster, SimRandom draws, Reduction reduction)
{
    private const long Ms = 1_000;
    private const long Second = 1_000_000;

    private readonly World _world = cluster.World;
    private readonly RandomOperator _operator = new(cluster, draws.Fork("operator"));
    private readonly BadEventOperator _badEvents = new(cluster, draws.Fork("bad events"));
    private readonly PartitionChanges _changes = new(cluster, draws.Fork("partitions"));
    private readonly List<InjectedFault> _injected = [];
    private SimRandom _random = draws.Fork("heal");
    private int _number;
    private bool _over;

    /// <summary>The faults that there were.</summary>
    public IReadOnlyList<InjectedFault> Injected => _injected;

    public void Start()
    {
        _badEvents.Start();
        Next();
    }

    /// <summary>No more faults; what is down comes up, what is blocked is free.</summary>
    public void Heal()
    {
        _over = true;
        _world.Network.UnblockAll();
        _world.Network.SlowDown = 1;
        cluster.Coordinator.Disk.Heal();
        _operator.OpenAll();
        _badEvents.Settle();
        foreach (SimNode node in cluster.Nodes)
        {
            node.Clock.SetWall(0);
            node.WakeUp();
            node.StartAfter(_random.Between(0L, Second));
        }
    }

    private void Next()
    {
        long gap = (long)(-Math.Log(1 - draws.Fraction()) * _world.Options.FaultGapUs);
        _world.Scheduler.After(Math.Min(gap, 5 * _world.Options.FaultGapUs), () =>
        {
            if (!_over)
            {
                FaultKind kind = draws.Pick(_world.Options.Faults);
                if (reduction.Keeps(++_number))
                {
                    _injected.Add(new InjectedFault(_number, kind, _world.Scheduler.NowUs));
                    _random = draws.Fork($"fault {_number}");
                    Inject(kind);
                }

                Next();
            }
        });
    }

    private void Inject(FaultKind kind)
    {
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
                cluster.Coordinator.Disk.DieAfter(_random.Between(1, 40), DrawLoss());
                break;
            case FaultKind.DiskFailure:
                cluster.Coordinator.Disk.FailAfter(_random.Between(1, 60), _random.Chance(0.3));
                break;
            case FaultKind.SlowDisk:
                cluster.Coordinator.Disk.SlowDown(_random.Between(2, 20), _random.Between(100 * Ms, 3 * Second));
                break;
            case FaultKind.DiskFull:
                cluster.Coordinator.Disk.FillUp(_random.Between(100 * Ms, 5 * Second));
                break;
            case FaultKind.BitFlip:
                cluster.Coordinator.End(silent: false);
                cluster.Coordinator.Archive.Damage(_random);
                cluster.Coordinator.StartAfter(Downtime());
                break;
            case FaultKind.ClockJump:
                SimNode jumping = _random.Chance(0.5) ? cluster.Coordinator : _random.Pick(cluster.Remotes);
                jumping.Clock.SetWall(_random.Between(-30_000L, 30_000L));
                break;
            case FaultKind.PauseCoordinator:
                cluster.Coordinator.Pause(OwnPauseTime());
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
                WorkerNode worker = _random.Pick(cluster.Workers);
                if (kind == FaultKind.WorkerVanishes)
                {
                    worker.Spy.End(silent: true);
                    RestartSpy(worker.Spy);
                }

                worker.End(silent: kind == FaultKind.WorkerVanishes);
                worker.StartAfter(Downtime());
                break;
            case FaultKind.KillSpy or FaultKind.PauseSpy:
                DisturbSpy(kind);
                break;
            case FaultKind.WorkerDrains:
                _random.Pick(cluster.Workers).Drain();
                break;
            case FaultKind.PauseWorker:
                _random.Pick(cluster.Workers).Pause(PauseTime(), stopped: _random.Chance(0.5));
                break;
            case FaultKind.KillProducer:
                SimNode producer = _random.Pick(cluster.Producers);
                producer.End(silent: _random.Chance(0.3));
                producer.StartAfter(Downtime());
                break;
            case FaultKind.PauseProducer:
                _random.Pick(cluster.Producers).Pause(PauseTime());
                break;
            case FaultKind.ChangePartitions:
                _changes.Change();
                break;
            case FaultKind.SecondProducer:
                cluster.StartTwin(_random.Below(cluster.Producers.Count));
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
        string node = _random.Pick(cluster.Remotes).Name;
        string coordinator = cluster.Coordinator.Name;
        switch (kind)
        {
            case FaultKind.CutStream:
                if (_world.Network.Streams.Count > 0)
                {
                    _random.Pick(_world.Network.Streams).Break(_random.Between(0L, 50 * Ms));
                }

                break;
            case FaultKind.CutNode:
                Cut(node);
                break;
            case FaultKind.BlockOneWay:
                bool deaf = _random.Chance(0.5);
                Block(deaf ? (coordinator, node) : (node, coordinator), PauseTime());
                break;
            case FaultKind.BlockBothWays:
                Block((node, coordinator), PauseTime());
                Block((coordinator, node), PauseTime());
                break;
            case FaultKind.LongHold:
                Block(_random.Chance(0.5) ? (node, coordinator) : (coordinator, node),
                    _random.Between(15 * Second, 40 * Second));
                break;
            case FaultKind.ClogMany:
                ClogMany();
                break;
            case FaultKind.SlowNetwork:
                _world.Network.SlowDown = _random.Between(2, 10);
                _world.Scheduler.After(_random.Between(100 * Ms, 3 * Second), () => _world.Network.SlowDown = 1);
                break;
        }
    }

    private void Block((string From, string To) way, long forUs)
    {
        _world.Network.Block(way.From, way.To);
        _world.Scheduler.After(forUs, () => _world.Network.Unblock(way.From, way.To));
    }

    /// <summary>One after the other cannot be heard any more, and they come back in another order.</summary>
    private void ClogMany()
    {
        foreach (SimNode node in cluster.Remotes.Where(_ => _random.Chance(0.6)))
        {
            (string, string) way = (node.Name, cluster.Coordinator.Name);
            long forUs = _random.Between(1 * Second, 5 * Second);
            _world.Scheduler.After(_random.Between(0L, Second), () => Block(way, forUs));
        }
    }

    private void DisturbSpy(FaultKind kind)
    {
        if (!_world.Options.Spies)
        {
            return;
        }

        SpyNode spy = _random.Pick(cluster.Spies);
        if (kind == FaultKind.PauseSpy)
        {
            spy.Pause(PauseTime());
            return;
        }

        spy.End(silent: false);
        RestartSpy(spy);
    }

    private void RestartSpy(SpyNode spy)
    {
        if (_world.Options.Spies)
        {
            spy.StartAfter(Downtime());
        }
    }

    private void Cut(string node)
    {
        string coordinator = cluster.Coordinator.Name;
        foreach (SimStream stream in _world.Network.Streams.Where(s => s.Joins(node, coordinator)).ToArray())
        {
            stream.Break(_random.Between(0L, 50 * Ms));
        }
    }

    private void PowerCut()
    {
        cluster.Coordinator.End(silent: _random.Chance(0.5));
        cluster.Coordinator.Disk.LosePower(DrawLoss());
        cluster.Coordinator.StartAfter(Downtime());
    }

    private void CutThenPowerCut()
    {
        cluster.Coordinator.Disk.SlowDown(20, 400 * Ms);
        string producer = _random.Pick(cluster.Producers).Name;
        _world.Scheduler.After(_random.Between(0L, 100 * Ms), () => Cut(producer));
        _world.Scheduler.After(_random.Between(100 * Ms, 500 * Ms), PowerCut);
    }

    private PowerLoss DrawLoss() => _random.Pick(Enum.GetValues<PowerLoss>());

    private long Downtime() => _random.Chance(0.7)
        ? _random.Between(1 * Ms, 500 * Ms)
        : _random.Between(1 * Second, 8 * Second);

    /// <summary>Also longer than anybody's silence is borne: whose word lies there unread must not be blamed.</summary>
    private long OwnPauseTime() => _random.Chance(0.5)
        ? PauseTime()
        : _random.Between(1 * Second, (long)(_world.Options.PausedLease.TotalMicroseconds * 1.5));

    private long PauseTime() => _random.Chance(0.5)
        ? _random.Between(10 * Ms, 900 * Ms)
        : _random.Between(1 * Second, (long)(_world.Options.Lease.TotalMicroseconds * 2));
}
