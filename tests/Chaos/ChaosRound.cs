using Grpc.Core;
using Millrace.Chaos.Injection;
using Millrace.Chaos.Links;
using Millrace.Chaos.Networks;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Disk;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos;

/// <summary>One cluster from its birth to the verdict: load all the time, fault after fault, then every
/// check.</summary>
internal sealed class ChaosRound : IAsyncDisposable
{
    private const int Producers = 4;
    private const long VolumeBytes = 1L << 30;
    private static readonly string[] _workers = ["w-1", "w-2", "w-3"];

    private readonly RoundPlan _plan;
    private readonly ChaosReport _report;
    private readonly Random _random;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<string, ChaosLink> _links = [];
    private readonly List<string> _log = [];
    private TestCluster? _cluster;
    private LoopVolume? _volume;
    private PrivateNetwork? _network;

    public ChaosRound(RoundPlan plan, ChaosReport report, Random random, CancellationToken cancellation)
    {
        _plan = plan;
        _report = report;
        _random = random;
        _cancellation = cancellation;
    }

    /// <returns>Everything that a checker found wrong; empty: nothing was lost and nothing counted twice.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        TestCluster cluster = await BuildAsync();
        await cluster.StartCoordinatorAsync("", _cancellation);
        await using var run = new Run(cluster, _cancellation);
        var scene = new Scene(cluster, run, _plan, Places(cluster), _cancellation);
        foreach (string worker in _workers)
        {
            scene.StartWorker(worker);
        }

        await run.DeployAsync();
        run.StartLoad(Producers, long.MaxValue, Math.Max(1, _plan.Rate / Producers));
        var injector = new FaultInjector(scene, _random, _links, _network, _volume);
        List<string> violations = await AbuseAsync(scene, injector);
        _report.FalseEvictions += scene.FalseEvictions;
        _report.Add(injector.Flips);
        if (violations.Count == 0)
        {
            violations = await FinishAsync(run);
        }

        _report.Acked += run.Acked;
        return [.. scene.Violations, .. violations];
    }

    /// <summary>What was done to whom and when, and what each process said meanwhile.</summary>
    public string DumpLogs() => string.Join('\n', ["----- faults", .. _log, _cluster?.DumpLogs() ?? ""]);

    public async ValueTask DisposeAsync()
    {
        foreach (ChaosLink link in _links.Values)
        {
            await link.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        if (_network is not null)
        {
            await _network.DisposeAsync();
        }

        if (_volume is not null)
        {
            await _volume.DisposeAsync();
        }
    }

    /// <summary>The lease as a user gets it; checkpoints often, so that faults meet many of them.</summary>
    private async Task<TestCluster> BuildAsync()
    {
        if (_plan.Faults.Any(FaultInjector.NeedsVolume))
        {
            _volume = await LoopVolume.CreateAsync(VolumeBytes, _cancellation);
        }

        if (_plan.Faults.Any(FaultInjector.NeedsNetwork))
        {
            _network = await PrivateNetwork.CreateAsync(_workers, _cancellation);
        }

        var options = new ClusterOptions
        {
            Host = _network is null ? "127.0.0.1" : PrivateNetwork.CoordinatorHost,
            Lease = _plan.Lease,
            PausedLease = _plan.PausedLease,
            Heartbeat = TimeSpan.FromMilliseconds(250),
            Grace = TimeSpan.FromMilliseconds(500),
            Checkpoint = TimeSpan.FromMilliseconds(500),
            Mutant = _plan.Mutant,
        };
        return _cluster = new TestCluster(options, _volume is null ? null : Path.Combine(_volume.Path, "data"));
    }

    private Dictionary<string, WorkerPlace> Places(TestCluster cluster)
    {
        if (_network is { } network)
        {
            return _workers.ToDictionary(w => w, w => new WorkerPlace(cluster.Address, network.PrefixOf(w)));
        }

        if (!_plan.Faults.Any(FaultInjector.NeedsLinks))
        {
            return _workers.ToDictionary(w => w, _ => new WorkerPlace(cluster.Address, []));
        }

        foreach (string worker in _workers)
        {
            _links[worker] = new ChaosLink(() => new Uri(cluster.Address));
        }

        return _links.ToDictionary(l => l.Key, l => new WorkerPlace(l.Value.Address, []));
    }

    /// <returns>What went wrong on the way, so that the round cannot be finished; empty: nothing.</returns>
    private async Task<List<string>> AbuseAsync(Scene scene, FaultInjector injector)
    {
        try
        {
            await scene.SettleAsync();
            foreach (FaultKind kind in _plan.Faults)
            {
                string victim = await scene.OwnerAsync(_random);
                Note($"{ChaosReport.Name(kind)} {victim}");
                _report.Add(kind, await injector.InjectAsync(kind, victim));
                Note("over");
                await scene.SettleAsync();
                Note($"every task runs, {scene.FalseEvictions} false evictions so far");
                await scene.ForAsync(TimeSpan.FromMilliseconds(_random.Next(20, 300)));
                if (scene.Run.Load.IsCompleted || scene.Run.Acked > _plan.MostEvents || _plan.IsOver())
                {
                    break;
                }
            }

            await scene.Run.EndLoadAsync();
            return [];
        }
        catch (CoordinatorEndedException ended)
        {
            return [ended.Message];
        }
        catch (RpcException refused)
        {
            // Producers are refused for good only when what they were told is no longer so.
            Dump dump = await scene.Run.FinishLogAsync();
            return [$"a producer was refused: {refused.Status}", .. LogChecks.All(dump), .. OwnershipChecks.All(dump)];
        }
    }

    private void Note(string what) => _log.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {what}");

    private static async Task<List<string>> FinishAsync(Run run)
    {
        Dump dump = await run.FinishAsync();
        return [.. LogChecks.All(dump), .. OwnershipChecks.All(dump), .. CountChecks.All(dump)];
    }
}
