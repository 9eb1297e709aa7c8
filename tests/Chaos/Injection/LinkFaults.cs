using Millrace.Chaos.Links;

namespace Millrace.Chaos.Injection;

/// <summary>What a relay between each worker and the coordinator can do to their connections.</summary>
internal sealed class LinkFaults(Scene scene, IReadOnlyDictionary<string, ChaosLink> links)
{
    private const int SlowMs = 100;
    private const int JitterMs = 500;
    private static readonly TimeSpan _brief = TimeSpan.FromSeconds(2);

    public Task<TimeSpan?> ResetAsync(string victim) => scene.WithoutEvictionAsync(() =>
    {
        links[victim].ResetAll();
        return Task.CompletedTask;
    });

    public Task<TimeSpan?> SlowAsync(string victim) => scene.WithoutEvictionAsync(async () =>
    {
        links[victim].Weather.SetDelay(SlowMs, 2 * SlowMs);
        await scene.ForAsync(_brief);
        links[victim].Weather.Clear();
    });

    public Task<TimeSpan?> JitterAsync() => scene.WithoutEvictionAsync(async () =>
    {
        foreach (ChaosLink link in links.Values)
        {
            link.Weather.SetDelay(0, JitterMs);
        }

        await scene.ForAsync(scene.Lease * 2);
        foreach (ChaosLink link in links.Values)
        {
            link.Weather.Clear();
        }
    });

    /// <param name="up">The worker's bytes are lost.</param>
    /// <param name="down">The coordinator's bytes are lost.</param>
    public async Task<TimeSpan?> CutAsync(string victim, bool up, bool down)
    {
        ChaosLink link = links[victim];
        Task Cut()
        {
            link.Weather.HoldsUp = up;
            link.Weather.HoldsDown = down;
            // The coordinator may hear every heartbeat: then it is for the worker to notice that it gets no answers.
            return up ? Task.CompletedTask : scene.ForAsync(scene.Lease * 1.2);
        }

        TimeSpan? recovery = null;
        if (up)
        {
            recovery = await scene.FailoverAsync(victim, Cut);
        }
        else
        {
            await Cut();
        }

        link.Weather.Clear();
        link.ResetAll();
        return recovery;
    }
}
