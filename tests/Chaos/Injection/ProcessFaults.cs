using System.Diagnostics;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos.Injection;

/// <summary>Processes that die or stop.</summary>
internal sealed class ProcessFaults(Scene scene)
{
    private static readonly TimeSpan _brief = TimeSpan.FromSeconds(2);

    private const int Starvings = 30;
    private static readonly TimeSpan _stopped = TimeSpan.FromMilliseconds(90);
    private static readonly TimeSpan _running = TimeSpan.FromMilliseconds(10);

    public Task<TimeSpan?> KillWorkerAsync(string victim) => scene.FailoverAsync(victim, async () =>
    {
        await scene.Cluster.Workers[victim].KillAsync();
        scene.StartWorker(victim);
    });

    public async Task<TimeSpan?> StarveWorkerAsync(string victim)
    {
        ChildProcess worker = scene.Cluster.Workers[victim];
        for (int i = 0; i < Starvings; i++)
        {
            worker.Signal(Signals.Stop);
            await scene.ForAsync(_stopped);
            worker.Signal(Signals.Continue);
            await scene.ForAsync(_running);
        }

        return null;
    }

    /// <param name="victim">A worker that dies in the same instant; null: none.</param>
    public async Task<TimeSpan?> KillCoordinatorAsync(string? victim)
    {
        long start = Stopwatch.GetTimestamp();
        Task dying = scene.Cluster.Coordinator.KillAsync();
        if (victim is not null)
        {
            await scene.Cluster.Workers[victim].KillAsync();
        }

        await dying;
        scene.Cluster.LaunchCoordinator("");
        if (victim is not null)
        {
            scene.StartWorker(victim);
        }

        await scene.AwaitCoordinatorAsync();
        return scene.Since(start);
    }

    /// <summary>A paused worker that is not given up.</summary>
    public Task<TimeSpan?> PauseWorkerAsync(string victim) =>
        PauseAsync(scene.Cluster.Workers[victim], scene.PausedLease * 2 / 3);

    public Task<TimeSpan?> PauseCoordinatorAsync() => PauseAsync(scene.Cluster.Coordinator, _brief);

    public async Task<TimeSpan?> StopWorkerAsync(string victim)
    {
        ChildProcess worker = scene.Cluster.Workers[victim];
        TimeSpan? recovery = await scene.FailoverAsync(victim, () =>
        {
            worker.Signal(Signals.Stop);
            return Task.CompletedTask;
        });
        worker.Signal(Signals.Continue);
        return recovery;
    }

    private Task<TimeSpan?> PauseAsync(ChildProcess process, TimeSpan time) => scene.WithoutEvictionAsync(async () =>
    {
        process.Signal(Signals.Stop);
        await scene.ForAsync(time);
        process.Signal(Signals.Continue);
    });
}
