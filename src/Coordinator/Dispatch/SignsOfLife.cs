using Millrace.Coordinator.Core;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Dispatch;

/// <summary>Tells the machine that a worker says something on its data stream, a few times a second at the most.
/// Heartbeats may be stuck in a link that is full of events when credits still come through.</summary>
internal sealed class SignsOfLife(string worker, ulong session, IControlLoop? loop, TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private long? _givenAt;

    /// <summary>Something has come.</summary>
    public ValueTask GiveAsync(CancellationToken cancellation)
    {
        if (loop is null || (_givenAt is { } at && time.GetElapsedTime(at) < _interval))
        {
            return ValueTask.CompletedTask;
        }

        _givenAt = time.GetTimestamp();
        return loop.PostAsync(new WorkerHeard(worker, session), cancellation);
    }
}
