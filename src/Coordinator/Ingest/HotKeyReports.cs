using Millrace.Coordinator.Core.HotKeys;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Ingest;

/// <summary>Tells the machine every few seconds which keys are hot, so that plans can say what would help.</summary>
internal sealed class HotKeyReports : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public HotKeyReports(HotKeys keys, IControlLoop loop, TimeProvider time)
    {
        var timer = new PeriodicTimer(Interval, time);
        _running = RunAsync(keys, loop, timer);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(HotKeys keys, IControlLoop loop, PeriodicTimer timer)
    {
        using (timer)
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await loop.PostAsync(new HotKeysSeen(keys.Seen()), _stop.Token);
            }
        }
    }
}
