using System.Diagnostics;
using Millrace.Integration.Tests.Disk;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos.Injection;

/// <summary>What the disk under the coordinator can do.</summary>
/// <param name="volume">Holds the data directory; null where no fault needs one.</param>
internal sealed class DiskFaults(Scene scene, LoopVolume? volume)
{
    private const string SlowSync = "fdatasync:delay_enter=500000";
    private const string FailedSync = "fdatasync:error=EIO";
    private static readonly TimeSpan _brief = TimeSpan.FromSeconds(3);

    private LoopVolume Volume => volume ?? throw new InvalidOperationException("there is no volume of our own");

    /// <param name="victim">A worker that loses power too; null: none.</param>
    public async Task<TimeSpan?> CutPowerAsync(string? victim)
    {
        long start = Stopwatch.GetTimestamp();
        Volume.CutPower();
        if (victim is not null)
        {
            await scene.Cluster.Workers[victim].KillAsync();
        }

        await scene.Cluster.Coordinator.KillAsync();
        await Volume.RestoreAsync(scene.Cancellation);
        if (victim is not null)
        {
            scene.StartWorker(victim);
        }

        await scene.RestartCoordinatorAsync();
        return scene.Since(start);
    }

    public async Task<TimeSpan?> FillAsync()
    {
        Volume.Fill();
        await scene.ForAsync(_brief);
        Volume.Release();
        if (scene.Cluster.Coordinator.Exited.IsCompleted)
        {
            throw new CoordinatorEndedException(scene.Cluster);
        }

        return null;
    }

    public Task<TimeSpan?> SlowSyncAsync() => scene.WithoutEvictionAsync(async () =>
    {
        await using Strace slow = await AttachAsync(SlowSync);
        await scene.ForAsync(_brief);
    });

    public async Task<TimeSpan?> FailSyncAsync()
    {
        long start = Stopwatch.GetTimestamp();
        await using (await AttachAsync(FailedSync))
        {
            int code = await scene.Cluster.Coordinator.Exited.WaitAsync(scene.Cancellation);
            if (code == 0)
            {
                scene.Violations.Add("the coordinator took a failed sync for an orderly end");
            }
        }

        await scene.RestartCoordinatorAsync();
        return scene.Since(start);
    }

    private Task<Strace> AttachAsync(string injection) => Strace.AttachAsync(
        Executables.Tool("strace")!,
        scene.Cluster,
        scene.Cluster.Coordinator.Pid,
        injection,
        scene.Cancellation);
}
