using Millrace.Chaos.Links;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos;

/// <summary>One cluster from its birth to the verdict: load all the time, fault after fault until the load is
/// through.</summary>
internal sealed class ChaosRound : IAsyncDisposable
{
    private const int Producers = 4;
    private static readonly string[] _workers = ["w-1", "w-2", "w-3"];

    /// <summary>The lease as a user gets it; checkpoints often, so that faults meet many of them.</summary>
    private static readonly ClusterOptions _options = new()
    {
        Lease = TimeSpan.FromSeconds(5),
        Heartbeat = TimeSpan.FromMilliseconds(250),
        Grace = TimeSpan.FromMilliseconds(500),
        Checkpoint = TimeSpan.FromMilliseconds(500),
    };

    private readonly TestCluster _cluster = new(_options);
    private readonly Dictionary<string, ChaosLink> _links = [];
    private readonly ChaosReport _report;
    private readonly Random _random;
    private readonly FaultKind[] _kinds;

    public ChaosRound(ChaosReport report, Random random, FaultKind[] kinds)
    {
        _report = report;
        _random = random;
        _kinds = kinds;
    }

    /// <summary>Where the cluster's files and logs are.</summary>
    public string Folder => _cluster.Directory;

    /// <returns>Everything that a checker found wrong; empty: nothing was lost and nothing counted twice.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(long eventsEach, CancellationToken cancellation)
    {
        await _cluster.StartCoordinatorAsync("", cancellation);
        foreach (string worker in _workers)
        {
            _links[worker] = new ChaosLink(() => new Uri(_cluster.Address));
            _cluster.StartWorker(worker, through: _links[worker].Address);
        }

        await using var run = new Run(_cluster, cancellation);
        await run.DeployAsync();
        run.StartLoad(Producers, eventsEach);
        var injector = new FaultInjector(_cluster, _links, run, _options.Lease, cancellation);
        await injector.SettleAsync();
        while (!run.Load.IsCompleted)
        {
            FaultKind kind = _kinds[_random.Next(_kinds.Length)];
            string victim = _workers[_random.Next(_workers.Length)];
            TimeSpan? recovery = await injector.InjectAsync(kind, victim);
            _report.Add(kind, recovery);
            await injector.SettleAsync();
            await Wait.ForAsync(TimeSpan.FromMilliseconds(_random.Next(20, 300)), cancellation);
        }

        _report.FalseEvictions += injector.FalseEvictions;
        Dump dump = await run.FinishAsync();
        _report.Acked += run.Acked;
        return [.. LogChecks.All(dump), .. OwnershipChecks.All(dump), .. CountChecks.All(dump)];
    }

    public string DumpLogs() => _cluster.DumpLogs();

    public async ValueTask DisposeAsync()
    {
        foreach (ChaosLink link in _links.Values)
        {
            await link.DisposeAsync();
        }

        await _cluster.DisposeAsync();
    }
}
