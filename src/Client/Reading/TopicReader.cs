using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Millrace.Client.Connecting;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Client.Reading;

/// <summary>Reads all partitions of a topic side by side. Within a partition events come in order.</summary>
internal sealed class TopicReader(Connection connection, string topic)
{
    /// <summary>Runs of events that wait for the caller; the partitions' streams wait beyond it.</summary>
    private const int MostWaiting = 16;

    /// <param name="offsets">Where to start, by partition index.</param>
    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        IReadOnlyDictionary<int, ulong> offsets,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Channel<ReadResponse> runs = Channel.CreateBounded<ReadResponse>(MostWaiting);
        Task reading = ReadAllAsync(offsets, follow, runs.Writer, stop.Token);
        try
        {
            await foreach (ReadResponse run in runs.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                for (int i = 0; i < run.Events.Count; i++)
                {
                    yield return Stored(run, i);
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public static StoredEvent Stored(ReadResponse run, int i) =>
        new((int)run.PartitionIndex, run.FirstOffset + (ulong)i, run.Position, run.Events[i]);

    /// <summary>Never throws: the reason why reading ended is the channel's.</summary>
    private async Task ReadAllAsync(
        IReadOnlyDictionary<int, ulong> offsets,
        bool follow,
        ChannelWriter<ReadResponse> runs,
        CancellationToken cancellation)
    {
        try
        {
            List<Task<IEnumerable<uint>>> reading =
            [
                .. offsets.Select(start => ReadOneAsync(start.Key, start.Value, follow, runs, cancellation)),
            ];
            HashSet<uint> known = [.. offsets.Keys.Select(i => (uint)i)];
            while (reading.Count > 0)
            {
                Task<IEnumerable<uint>> ended = await Task.WhenAny(reading).ConfigureAwait(false);
                reading.Remove(ended);
                foreach (uint child in await ended.ConfigureAwait(false))
                {
                    // Of two that were merged the second one to end says it again.
                    if (known.Add(child))
                    {
                        reading.Add(ReadOneAsync((int)child, 0, follow, runs, cancellation));
                    }
                }
            }

            runs.Complete();
        }
        catch (Exception e)
        {
            runs.Complete(e);
        }
    }

    /// <returns>Where the partition's keys go on, if it is sealed.</returns>
    private async Task<IEnumerable<uint>> ReadOneAsync(
        int index, ulong offset, bool follow, ChannelWriter<ReadResponse> runs, CancellationToken cancellation)
    {
        IEnumerable<uint> children = [];
        var reader = new PartitionReader(connection, topic, index);
        await foreach (ReadResponse run in reader.ReadAsync(offset, 0, follow, cancellation).ConfigureAwait(false))
        {
            children = run.ChildIndices;
            await runs.WriteAsync(run, cancellation).ConfigureAwait(false);
        }

        return children;
    }
}
