using Millrace.Client;

namespace Millrace.Cli.Demo;

/// <summary>
/// Asks again and again for a result as fresh as the newest ack, and remembers the longest wait for one: what somebody
/// who reads results feels of a move, a split or a merge.
/// </summary>
internal sealed class Freshness(Producer producer, Recovery recovery, string topic, TimeProvider time)
{
    /// <summary>Of all watched times so far.</summary>
    public TimeSpan LongestWait { get; private set; }

    /// <summary>Watches while something is done.</summary>
    public async Task WatchAsync(Task doing, CancellationToken cancellation)
    {
        while (!doing.IsCompleted)
        {
            long start = time.GetTimestamp();
            await recovery.AnsweredAsync(producer.LastAck(topic).Position, cancellation).ConfigureAwait(false);
            TimeSpan wait = time.GetElapsedTime(start);
            LongestWait = wait > LongestWait ? wait : LongestWait;
        }

        await doing.ConfigureAwait(false);
    }
}
