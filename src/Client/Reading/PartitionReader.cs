using System.Runtime.CompilerServices;
using Grpc.Core;
using Millrace.Client.Connecting;
using Millrace.Client.Core;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Client.Reading;

/// <summary>Reads one partition, and goes on at the next offset after a broken connection.</summary>
internal sealed class PartitionReader(Connection connection, string topic, int partitionIndex)
{
    private static readonly TimeSpan _minWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _maxWait = TimeSpan.FromMilliseconds(500);

    /// <param name="offset">Where to start; the number of the next event to read.</param>
    /// <param name="maxEvents">Ends after so many; 0: at the partition's end.</param>
    /// <param name="follow">Waits for new events at the end.</param>
    public async IAsyncEnumerable<ReadResponse> ReadAsync(
        ulong offset, ulong maxEvents, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var backoff = new Backoff(_minWait, _maxWait, offset + (ulong)partitionIndex);
        ulong end = maxEvents == 0 ? ulong.MaxValue : offset + maxEvents;
        long troubleSince = connection.Options.TimeProvider.GetTimestamp();
        while (offset < end)
        {
            using AsyncServerStreamingCall<ReadResponse> call = Open(offset, end, follow, cancellation);
            while (true)
            {
                MillraceException? broken = null;
                try
                {
                    if (!await StreamReading.NextAsync(call.ResponseStream, cancellation).ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (MillraceException e) when (RefusalScopes.Of(e.Refusal) == RefusalScope.Moment)
                {
                    broken = e;
                }

                if (broken is not null)
                {
                    await WaitAsync(broken, troubleSince, backoff.Next(), cancellation).ConfigureAwait(false);
                    break;
                }

                ReadResponse run = call.ResponseStream.Current;
                offset = run.FirstOffset + (ulong)run.Events.Count;
                backoff.Reset();
                yield return run;
                troubleSince = connection.Options.TimeProvider.GetTimestamp();
            }
        }
    }

    private AsyncServerStreamingCall<ReadResponse> Open(
        ulong offset, ulong end, bool follow, CancellationToken cancellation)
    {
        var client = new IngestService.IngestServiceClient(connection.Invoker);
        var request = new ReadRequest
        {
            Topic = topic,
            PartitionIndex = (uint)partitionIndex,
            Offset = offset,
            MaxEvents = end == ulong.MaxValue ? 0 : end - offset,
            Follow = follow,
        };
        return client.Read(request, cancellationToken: cancellation);
    }

    private async Task WaitAsync(MillraceException why, long since, TimeSpan wait, CancellationToken cancellation)
    {
        TimeProvider time = connection.Options.TimeProvider;
        if (time.GetElapsedTime(since) + wait > connection.Options.RetryFor)
        {
            throw new MillraceException(why.Refusal, why);
        }

        await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
        connection.TryRefresh();
    }
}
