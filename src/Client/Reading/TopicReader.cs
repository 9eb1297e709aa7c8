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

    /// <param name="offsets">Where to start, by partition.</param>
    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        IReadOnlyList<ulong> offsets, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
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
        IReadOnlyList<ulong> offsets, bool follow, ChannelWriter<ReadResponse> runs, CancellationToken cancellation)
    {
        try
        {
            var partitions = new List<Task>();
            for (int index = 0; index < offsets.Count; index++)
            {
                partitions.Add(ReadOneAsync(index, offsets[index], follow, runs, cancellation));
            }

            await foreach (Task partition in Task.WhenEach(partitions).ConfigureAwait(false))
            {
                await partition.ConfigureAwait(false);
            }

            runs.Complete();
        }
        catch (Exception e)
        {
            runs.Complete(e);
        }
    }

    private async Task ReadOneAsync(
        int index, ulong offset, bool follow, ChannelWriter<ReadResponse> runs, CancellationToken cancellation)
    {
        var reader = new PartitionReader(connection, topic, index);
        await foreach (ReadResponse run in reader.ReadAsync(offset, 0, follow, cancellation).ConfigureAwait(false))
        {
            await runs.WriteAsync(run, cancellation).ConfigureAwait(false);
        }
    }
}
