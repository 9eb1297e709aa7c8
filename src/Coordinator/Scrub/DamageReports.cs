using System.Threading.Channels;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Scrub;

/// <summary>Takes news of damage from whoever comes upon it to the machine, without making them wait.</summary>
internal sealed class DamageReports : IAsyncDisposable
{
    /// <summary>What is too much is found again at the next pass.</summary>
    private const int MaxWaiting = 64;

    private readonly Channel<DamageFound> _found = Channel.CreateBounded<DamageFound>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly Task _running;

    public DamageReports(IControlLoop loop) => _running = RunAsync(loop);

    public void Found(DamageFound damage) => _found.Writer.TryWrite(damage);

    public async ValueTask DisposeAsync()
    {
        _found.Writer.TryComplete();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync(IControlLoop loop)
    {
        await foreach (DamageFound damage in _found.Reader.ReadAllAsync())
        {
            await loop.PostAsync(damage, CancellationToken.None);
        }
    }
}
