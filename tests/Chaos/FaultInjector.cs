using System.Diagnostics;
using Millrace.Chaos.Links;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Chaos;

/// <summary>Does one thing to a running cluster, times what follows and heals it.</summary>
internal sealed class FaultInjector(
    TestCluster cluster,
    IReadOnlyDictionary<string, ChaosLink> links,
    Run run,
    TimeSpan lease,
    CancellationToken cancellation)
{
    private static readonly TimeSpan _brief = TimeSpan.FromSeconds(2);
    private const int SlowMs = 100;

    /// <summary>Workers given up although they were away for less than their lease.</summary>
    public int FalseEvictions { get; private set; }

    /// <returns>How long it took until the work that was hit went on; null where nothing had to.</returns>
    public Task<TimeSpan?> InjectAsync(FaultKind kind, string victim) => kind switch
    {
        FaultKind.KillWorker => KillWorkerAsync(victim),
        FaultKind.KillCoordinator => KillCoordinatorAsync(null),
        FaultKind.KillBoth => KillCoordinatorAsync(victim),
        FaultKind.PauseWorker => PauseUntilLostAsync(victim),
        FaultKind.PauseWorkerBriefly => PauseAsync(cluster.Workers[victim]),
        FaultKind.PauseCoordinator => PauseAsync(cluster.Coordinator),
        FaultKind.ResetLink => WithoutEvictionAsync(() =>
        {
            links[victim].ResetAll();
            return Task.CompletedTask;
        }),
        FaultKind.SlowLink => WithoutEvictionAsync(async () =>
        {
            links[victim].Weather.DelayMs = SlowMs;
            await Wait.ForAsync(_brief, cancellation);
            links[victim].Weather.Clear();
        }),
        _ => CutUntilLostAsync(links[victim], victim, kind),
    };

    /// <summary>Waits until every task runs.</summary>
    public Task SettleAsync() => Wait.UntilAsync(
        "every task running",
        async _ => run.Load.IsCompleted || await RunningAsync(),
        cancellation);

    private async Task<bool> RunningAsync()
    {
        IReadOnlyList<Assignment> all = await run.Reader.AssignmentsAsync();
        return all.Count > 0 && all.All(a => a.State == AssignmentState.Running);
    }

    private async Task<TimeSpan?> KillWorkerAsync(string victim)
    {
        IReadOnlyList<Assignment> taken = await TasksOfAsync(victim);
        long start = Stopwatch.GetTimestamp();
        await cluster.Workers[victim].KillAsync();
        Task<TimeSpan?> recovery = ResumedAsync(taken, start);
        cluster.StartWorker(victim, through: links[victim].Address);
        return await recovery;
    }

    private async Task<TimeSpan?> KillCoordinatorAsync(string? victim)
    {
        long start = Stopwatch.GetTimestamp();
        Task dying = cluster.Coordinator.KillAsync();
        if (victim is not null)
        {
            await cluster.Workers[victim].KillAsync();
        }

        await dying;
        long acked = run.Acked;
        cluster.LaunchCoordinator("");
        if (victim is not null)
        {
            cluster.StartWorker(victim, through: links[victim].Address);
        }

        await cluster.AwaitEndpointsAsync(cancellation);
        await Wait.UntilAsync("an ack", () => run.Acked > acked || run.Load.IsCompleted, cancellation);
        return run.Load.IsCompleted ? null : Stopwatch.GetElapsedTime(start);
    }

    private async Task<TimeSpan?> PauseUntilLostAsync(string victim)
    {
        IReadOnlyList<Assignment> taken = await TasksOfAsync(victim);
        long start = Stopwatch.GetTimestamp();
        cluster.Workers[victim].Signal(Signals.Stop);
        TimeSpan? recovery = await ResumedAsync(taken, start);
        cluster.Workers[victim].Signal(Signals.Continue);
        return recovery;
    }

    private async Task<TimeSpan?> CutUntilLostAsync(ChaosLink link, string victim, FaultKind kind)
    {
        IReadOnlyList<Assignment> taken = await TasksOfAsync(victim);
        long start = Stopwatch.GetTimestamp();
        link.Weather.HoldsUp = kind != FaultKind.CutLinkDown;
        link.Weather.HoldsDown = kind != FaultKind.CutLinkUp;
        if (kind == FaultKind.CutLinkDown)
        {
            // The coordinator hears every heartbeat: it is for the worker to notice that it gets no answers.
            await Wait.ForAsync(lease * 1.2, cancellation);
            link.Weather.Clear();
            link.ResetAll();
            return null;
        }

        TimeSpan? recovery = await ResumedAsync(taken, start);
        link.Weather.Clear();
        link.ResetAll();
        return recovery;
    }

    private Task<TimeSpan?> PauseAsync(ChildProcess process) => WithoutEvictionAsync(async () =>
    {
        process.Signal(Signals.Stop);
        await Wait.ForAsync(_brief, cancellation);
        process.Signal(Signals.Continue);
    });

    /// <summary>Nobody may be given up because of this.</summary>
    private async Task<TimeSpan?> WithoutEvictionAsync(Func<Task> fault)
    {
        int before = await LostAsync();
        await fault();
        await SettleAsync();
        FalseEvictions += await LostAsync() - before;
        return null;
    }

    private async Task<int> LostAsync() =>
        (await run.Reader.EventsAsync()).Count(e => e.Reason == "WORKER_LOST");

    private async Task<IReadOnlyList<Assignment>> TasksOfAsync(string worker)
    {
        IReadOnlyList<Assignment> all = await Faults.RetryAsync(run.Reader.AssignmentsAsync, cancellation);
        return [.. all.Where(a => a.Worker == "workers/" + worker)];
    }

    /// <summary>Each of the tasks has a new epoch and has had an event under it.</summary>
    private async Task<TimeSpan?> ResumedAsync(IReadOnlyList<Assignment> taken, long start)
    {
        var epochs = taken.ToDictionary(a => a.Name, a => a.Epoch);
        await Wait.UntilAsync(
            "the tasks on other workers",
            async _ => run.Load.IsCompleted
                || (await run.Reader.AssignmentsAsync()).Where(a => epochs.ContainsKey(a.Name))
                    .All(a => a.Epoch > epochs[a.Name] && a.FirstEventUs > 0),
            cancellation);
        return taken.Count == 0 || run.Load.IsCompleted ? null : Stopwatch.GetElapsedTime(start);
    }
}
