using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Events;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>
/// Hands cluster events to those who watch. The loop is asked for new events a few times a second, once for all
/// watchers and only while there are any.
/// </summary>
internal sealed class EventFeed : IAsyncDisposable
{
    private const int MaxWatches = 256;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly IControlLoop _loop;
    private readonly ViewReader _views;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly HashSet<EventWatch> _watches = [];
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _polling;
    private ulong _seen;

    public EventFeed(IControlLoop loop, ViewReader views, TimeProvider time, ILogger log)
    {
        _loop = loop;
        _views = views;
        _time = time;
        _log = log;
        _polling = Task.Run(PollAsync);
    }

    /// <summary>From now on the watch gets every event.</summary>
    /// <exception cref="RefusalException">There are too many watches.</exception>
    public async Task<EventWatch> WatchAsync(CancellationToken cancellation)
    {
        ClusterView view = await _views.ReadAsync(cancellation);
        var watch = new EventWatch(view.Revision, Forget);
        lock (_lock)
        {
            if (_watches.Count == MaxWatches)
            {
                throw new RefusalException(new Refusal(
                    RefusalKind.ResourceExhausted,
                    "TOO_MANY_WATCHES",
                    $"{MaxWatches} watches are open, the most there may be; close one."));
            }

            if (_watches.Count == 0)
            {
                _seen = view.Revision;
            }

            _watches.Add(watch);
            if (_wanted.CurrentCount == 0)
            {
                _wanted.Release();
            }
        }

        return watch;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _polling;
        _stop.Dispose();
        _wanted.Dispose();
    }

    private void Forget(EventWatch watch)
    {
        lock (_lock)
        {
            _watches.Remove(watch);
        }
    }

    private async Task PollAsync()
    {
        try
        {
            while (true)
            {
                if (!IsWatched())
                {
                    await _wanted.WaitAsync(_stop.Token);
                }

                await TakeNewAsync();
                await Task.Delay(PollInterval, _time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            EndAll();
        }
    }

    private bool IsWatched()
    {
        lock (_lock)
        {
            return _watches.Count > 0;
        }
    }

    private async Task TakeNewAsync()
    {
        try
        {
            EventsSince since = await _loop.AskAsync<EventsSince>(
                call => new InspectEvents(call, Volatile.Read(ref _seen)), _stop.Token);
            lock (_lock)
            {
                foreach (ClusterEvent raised in since.Events.Where(e => e.Revision > _seen))
                {
                    _seen = raised.Revision;
                    foreach (EventWatch watch in _watches)
                    {
                        watch.Offer(raised);
                    }
                }
            }
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            _log.EventsUnread(error);
        }
    }

    private void EndAll()
    {
        lock (_lock)
        {
            foreach (EventWatch watch in _watches)
            {
                watch.End(CoordinatorStopping.Refusal);
            }
        }
    }
}
