using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Reads views of the cluster. However many ask, the loop makes one at a time: those who ask while it is being
/// made share the next one, which is true as of a moment after they asked.</summary>
internal sealed class ViewReader(IControlLoop loop)
{
    private readonly Lock _lock = new();
    private Task<ClusterView>? _running;
    private Task<ClusterView>? _next;

    public Task<ClusterView> ReadAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            _next ??= RunAsync(_running);
            return _next.WaitAsync(cancellation);
        }
    }

    private async Task<ClusterView> RunAsync(Task? before)
    {
        await Task.Yield();
        if (before is not null)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_lock)
        {
            _running = _next;
            _next = null;
        }

        return await loop.AskAsync<ClusterView>(call => new Inspect(call), CancellationToken.None);
    }
}
