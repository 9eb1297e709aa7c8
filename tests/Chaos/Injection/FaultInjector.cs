using Millrace.Chaos.Links;
using Millrace.Chaos.Networks;
using Millrace.Integration.Tests.Disk;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos.Injection;

/// <summary>Does one thing to a running cluster, times what follows and heals it.</summary>
internal sealed class FaultInjector(
    Scene scene,
    Random random,
    IReadOnlyDictionary<string, ChaosLink> links,
    PrivateNetwork? network,
    LoopVolume? volume)
{
    private readonly ProcessFaults _processes = new(scene);
    private readonly LinkFaults _links = new(scene, links);
    private readonly NetworkFaults _network = new(scene, network);
    private readonly DiskFaults _disk = new(scene, volume);
    private readonly FlipFaults _flips = new(scene, random);

    public IEnumerable<(string Type, FlipOutcome Outcome)> Flips => _flips.Outcomes;

    /// <summary>Needs a network whose packets the kernel carries.</summary>
    public static bool NeedsNetwork(FaultKind kind) => kind is FaultKind.NetCut or FaultKind.NetCutUp
        or FaultKind.NetCutDown or FaultKind.NetVanish or FaultKind.NetFlap or FaultKind.NetSlow or FaultKind.NetLoss;

    /// <summary>Needs relays between the workers and the coordinator.</summary>
    public static bool NeedsLinks(FaultKind kind) => kind is FaultKind.ResetLink or FaultKind.CutLink
        or FaultKind.CutLinkUp or FaultKind.CutLinkDown or FaultKind.SlowLink or FaultKind.Jitter;

    /// <summary>Needs a disk of our own.</summary>
    public static bool NeedsVolume(FaultKind kind) => kind is FaultKind.PowerCut or FaultKind.NoSpace;

    /// <summary>Why the fault cannot be injected on this machine; empty: it can.</summary>
    public static string Obstacle(FaultKind kind) => kind switch
    {
        FaultKind.NetLoss => PrivateNetwork.LossObstacle,
        FaultKind.SlowSync or FaultKind.FailedSync when Executables.Tool("strace") is null =>
            "strace is not installed (Debian: apt-get install strace)",
        _ when NeedsNetwork(kind) => PrivateNetwork.Obstacle,
        _ when NeedsVolume(kind) => LoopVolume.Obstacle,
        _ => "",
    };

    /// <returns>How long it took until the work that was hit went on; null where nothing had to.</returns>
    public Task<TimeSpan?> InjectAsync(FaultKind kind, string victim) => kind switch
    {
        FaultKind.KillWorker => _processes.KillWorkerAsync(victim),
        FaultKind.KillCoordinator => _processes.KillCoordinatorAsync(null),
        FaultKind.KillBoth => _processes.KillCoordinatorAsync(victim),
        FaultKind.PauseWorker => _processes.PauseWorkerAsync(victim),
        FaultKind.StopWorker => _processes.StopWorkerAsync(victim),
        FaultKind.StarveWorker => _processes.StarveWorkerAsync(victim),
        FaultKind.PauseCoordinator => _processes.PauseCoordinatorAsync(),
        FaultKind.ResetLink => _links.ResetAsync(victim),
        FaultKind.CutLink => _links.CutAsync(victim, up: true, down: true),
        FaultKind.CutLinkUp => _links.CutAsync(victim, up: true, down: false),
        FaultKind.CutLinkDown => _links.CutAsync(victim, up: false, down: true),
        FaultKind.SlowLink => _links.SlowAsync(victim),
        FaultKind.Jitter => _links.JitterAsync(),
        FaultKind.NetCut => _network.CutAsync(victim),
        FaultKind.NetCutUp => _network.CutUpAsync(victim),
        FaultKind.NetCutDown => _network.CutDownAsync(victim),
        FaultKind.NetVanish => _network.VanishAsync(victim),
        FaultKind.NetFlap => _network.FlapAsync(victim),
        FaultKind.NetSlow => _network.SlowAsync(victim),
        FaultKind.NetLoss => _network.LoseAsync(victim),
        FaultKind.PowerCut => _disk.CutPowerAsync(random.Next(2) == 0 ? victim : null),
        FaultKind.BitFlip => _flips.FlipAsync(victim),
        FaultKind.NoSpace => _disk.FillAsync(),
        FaultKind.SlowSync => _disk.SlowSyncAsync(),
        FaultKind.FailedSync => _disk.FailSyncAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
