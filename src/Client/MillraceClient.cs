using System.Runtime.CompilerServices;
using Millrace.Client.Connecting;
using Millrace.Client.Reading;
using Millrace.Protocol.Admin.V1;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Client;

/// <summary>
/// The way to a Millrace cluster: producers, readers, queries and administration over one connection.
/// </summary>
public sealed class MillraceClient : IDisposable
{
    private readonly Connection _connection;

    /// <param name="address">
    /// http://HOST:PORT, HOST:PORT, or the path of a coordinator's endpoints.json or of its data directory; a file is
    /// read again whenever the connection is lost.
    /// </param>
    /// <exception cref="MillraceException">The address makes no sense, or its file cannot be read.</exception>
    public MillraceClient(string address, MillraceClientOptions? options = null)
    {
        _connection = new Connection(new Endpoint(address), options ?? new MillraceClientOptions());
        var calls = new UnaryCalls(_connection);
        Admin = new AdminClient(_connection, calls);
        Rebalance = new RebalanceClient(calls);
        DeadLetters = new DeadLetterClient(calls);
        Incidents = new IncidentClient(calls);
        Query = new QueryClient(calls);
    }

    public AdminClient Admin { get; }

    public RebalanceClient Rebalance { get; }

    public DeadLetterClient DeadLetters { get; }

    public IncidentClient Incidents { get; }

    public QueryClient Query { get; }

    /// <summary>The address in use.</summary>
    public Uri Address => _connection.Address;

    /// <summary>Opens a producer; done when the coordinator has accepted it.</summary>
    /// <exception cref="MillraceException">It was refused, or the coordinator could not be reached for too
    /// long.</exception>
    public Task<Producer> OpenProducerAsync(
        ProducerOptions? options = null, CancellationToken cancellation = default) =>
        Producer.OpenAsync(_connection, options ?? new ProducerOptions(), cancellation);

    /// <summary>Reads one partition in order.</summary>
    /// <param name="offset">The number of the next event to read, from 0.</param>
    /// <param name="maxEvents">Ends after so many; 0: at the partition's end.</param>
    /// <param name="follow">Waits for new events at the end.</param>
    /// <exception cref="MillraceException">For example NO_SUCH_TOPIC or OFFSET_TRIMMED.</exception>
    public async IAsyncEnumerable<StoredEvent> ReadPartitionAsync(
        string topic,
        int partitionIndex,
        ulong offset = 0,
        ulong maxEvents = 0,
        bool follow = false,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var reader = new PartitionReader(_connection, topic, partitionIndex);
        IAsyncEnumerable<ReadResponse> runs = reader.ReadAsync(offset, maxEvents, follow, cancellation);
        await foreach (ReadResponse run in runs.ConfigureAwait(false))
        {
            for (int i = 0; i < run.Events.Count; i++)
            {
                yield return TopicReader.Stored(run, i);
            }
        }
    }

    /// <summary>
    /// Reads all partitions of a topic side by side, from the oldest kept events; in order within each.
    /// </summary>
    /// <param name="fromEnd">Only what is stored from now on.</param>
    /// <param name="follow">Waits for new events at the end.</param>
    /// <exception cref="MillraceException">For example NO_SUCH_TOPIC.</exception>
    public async IAsyncEnumerable<StoredEvent> ReadTopicAsync(
        string topic,
        bool fromEnd = false,
        bool follow = false,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        GetTopicResponse facts = await Admin.GetTopicAsync(topic, cancellation).ConfigureAwait(false);
        IEnumerable<Partition> partitions = facts.Partitions.OrderBy(p => p.Index);
        var offsets = partitions.ToDictionary(p => (int)p.Index, p => fromEnd ? p.NextOffset : p.FirstOffset);
        await foreach (StoredEvent stored in ReadTopicAsync(topic, offsets, follow, cancellation).ConfigureAwait(false))
        {
            yield return stored;
        }
    }

    /// <summary>Reads all partitions of a topic side by side; in order within each.</summary>
    /// <param name="offsets">Where to start, by partition index.</param>
    /// <param name="follow">Waits for new events at the end.</param>
    public IAsyncEnumerable<StoredEvent> ReadTopicAsync(
        string topic, IReadOnlyDictionary<int, ulong> offsets, bool follow, CancellationToken cancellation = default) =>
        new TopicReader(_connection, topic).ReadAsync(offsets, follow, cancellation);

    public void Dispose() => _connection.Dispose();
}
