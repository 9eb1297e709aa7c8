using Millrace.Client;
using Millrace.Common.Model;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Demo;

/// <summary>
/// Measures, as a client sees it, how long results are incomplete after a kill: until every task of the job has
/// applied an event that was acknowledged after the kill, and runs.
/// </summary>
internal sealed class Recovery(MillraceClient client, Producer producer, string topic, string job, TimeProvider time)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(5);

    /// <param name="kill">Ends the process.</param>
    /// <param name="posted">How many events have been handed over so far.</param>
    public async Task<RecoveryTimes> MeasureAsync(Action kill, Func<ulong> posted, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        ulong before = producer.LastAck(topic).Position;
        long startedAt = time.GetTimestamp();
        kill();
        Ack ack = await NextAckAsync(before, posted, limit.Token).ConfigureAwait(false);
        TimeSpan acked = time.GetElapsedTime(startedAt);
        await AnsweredAsync(ack.Position, limit.Token).ConfigureAwait(false);
        TimeSpan answered = time.GetElapsedTime(startedAt);
        await AllRunAsync(limit.Token).ConfigureAwait(false);
        return new RecoveryTimes(acked, answered, time.GetElapsedTime(startedAt));
    }

    /// <summary>Returns when every task has applied everything up to the position.</summary>
    public async Task AnsweredAsync(ulong position, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await client.Query.TopKAsync(job, 1, position, cancellation).ConfigureAwait(false);
                return;
            }
            catch (MillraceException e) when (e.Refusal.Kind is RefusalKind.Unavailable
                or RefusalKind.DeadlineExceeded or RefusalKind.FailedPrecondition or RefusalKind.Aborted)
            {
                await Task.Delay(_poll, time, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The first ack since; or the last one, when everything handed over is acknowledged.</summary>
    private async Task<Ack> NextAckAsync(ulong before, Func<ulong> posted, CancellationToken cancellation)
    {
        while (true)
        {
            ulong handedOver = posted();
            Ack ack = producer.LastAck(topic);
            if (ack.Position > before || ack.Sequence >= handedOver)
            {
                return ack;
            }

            await Task.Delay(_poll, time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task AllRunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            ListAssignmentsResponse tasks =
                await client.Admin.ListAssignmentsAsync(job, "", cancellation).ConfigureAwait(false);
            if (tasks.Assignments.All(a => a.State == AssignmentState.Running))
            {
                return;
            }

            await Task.Delay(_poll, time, cancellation).ConfigureAwait(false);
        }
    }
}
