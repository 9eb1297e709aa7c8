using Millrace.Chaos.Networks;

namespace Millrace.Chaos.Injection;

/// <summary>What the kernel's network between real addresses can do.</summary>
internal sealed class NetworkFaults(Scene scene, PrivateNetwork? network)
{
    private const int Flaps = 8;
    private static readonly TimeSpan _flap = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _brief = TimeSpan.FromSeconds(4);

    private PrivateNetwork Network => network ?? throw new InvalidOperationException("there is no network of our own");

    public async Task<TimeSpan?> CutAsync(string victim)
    {
        TimeSpan? recovery = await scene.FailoverAsync(victim, () => Network.DownAsync(victim));
        await Network.UpAsync(victim);
        return recovery;
    }

    public async Task<TimeSpan?> CutUpAsync(string victim)
    {
        TimeSpan? recovery = await scene.FailoverAsync(victim, () => Network.BlockUpAsync(victim));
        await Network.UnblockUpAsync(victim);
        return recovery;
    }

    /// <summary>The coordinator hears heartbeats at first: it is for the worker to notice that it gets no
    /// answers.</summary>
    public async Task<TimeSpan?> CutDownAsync(string victim)
    {
        await Network.BlockDownAsync(victim);
        await scene.ForAsync(scene.Lease * 1.2);
        await Network.UnblockDownAsync(victim);
        return null;
    }

    public async Task<TimeSpan?> VanishAsync(string victim)
    {
        TimeSpan? recovery = await scene.FailoverAsync(victim, async () =>
        {
            await Network.DownAsync(victim);
            await scene.Cluster.Workers[victim].KillAsync();
        });
        await Network.UpAsync(victim);
        scene.StartWorker(victim);
        return recovery;
    }

    public async Task<TimeSpan?> FlapAsync(string victim)
    {
        for (int i = 0; i < Flaps; i++)
        {
            await Network.DownAsync(victim);
            await scene.ForAsync(_flap);
            await Network.UpAsync(victim);
            await scene.ForAsync(_flap);
        }

        return null;
    }

    public Task<TimeSpan?> SlowAsync(string victim) => scene.WithoutEvictionAsync(async () =>
    {
        await Network.SlowAsync(victim);
        await scene.ForAsync(_brief);
        await Network.UnslowAsync(victim);
    });

    public Task<TimeSpan?> LoseAsync(string victim) => scene.WithoutEvictionAsync(async () =>
    {
        await Network.LoseAsync(victim);
        await scene.ForAsync(_brief);
        await Network.KeepAsync(victim);
    });
}
