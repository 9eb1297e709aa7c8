using Millrace.Client.Connecting;
using Millrace.Client.Core;
using Millrace.Client.Producing;
using Millrace.Common.Model;

namespace Millrace.Client;

/// <summary>
/// Sends events and says when they are durable. Safe for use by many threads; events of one topic are stored in the
/// order of the calls. After a broken connection it opens again and sends what was not acknowledged with the same
/// sequences, which the coordinator stores once.
/// </summary>
public sealed class Producer : IAsyncDisposable
{
    private readonly SendLedger _ledger;
    private readonly ProducerMachine _machine;
    private readonly ProducerDriver _driver;
    private readonly ProducerOptions _options;
    private readonly TimeProvider _time;
    private int _disposed;

    private Producer(Connection connection, ProducerOptions options)
    {
        ProducerPolicy policy = options.ToPolicy();
        _options = options;
        _time = connection.Options.TimeProvider;
        _machine = new ProducerMachine(policy, options.ProducerId, (ulong)Random.Shared.NextInt64());
        _ledger = new SendLedger(_machine, policy, _time);
        _driver = new ProducerDriver(_ledger, _machine, policy, connection);
    }

    /// <summary>The id under which the producer is open.</summary>
    public string Id => _ledger.ProducerId;

    internal static Refusal Closed { get; } = new(
        RefusalKind.FailedPrecondition, "PRODUCER_CLOSED", "The producer was closed before the event was durable.");

    /// <summary>
    /// Sends one event. Done when it is durable. The token ends only the wait for room in the buffer: what has been
    /// taken will be sent.
    /// </summary>
    /// <exception cref="MillraceException">The event or the topic was refused, or the producer has failed.</exception>
    public ValueTask<Ack> SendAsync(string topic, EventData data, CancellationToken cancellation = default) =>
        _ledger.Send(topic, data, cancellation);

    /// <summary>Sends one event of texts.</summary>
    public ValueTask<Ack> SendAsync(string topic, string key, string value, CancellationToken cancellation = default) =>
        _ledger.Send(topic, new EventData(key, value), cancellation);

    /// <summary>Sends events in order. Done when all of them are durable; the ack is the last one's.</summary>
    /// <exception cref="MillraceException">An event is not valid: then none is sent. Or as with one event.</exception>
    public ValueTask<Ack> SendBatchAsync(
        string topic, ReadOnlyMemory<EventData> events, CancellationToken cancellation = default) =>
        _ledger.SendBatch(topic, events, cancellation);

    /// <inheritdoc cref="SendBatchAsync(string, ReadOnlyMemory{EventData}, CancellationToken)"/>
    public ValueTask<Ack> SendBatchAsync(
        string topic, IReadOnlyList<EventData> events, CancellationToken cancellation = default) =>
        _ledger.SendBatch(topic, events as EventData[] ?? [.. events], cancellation);

    /// <summary>
    /// Hands over events without an ack of their own: done as soon as the buffer has room. <see cref="FlushAsync"/>
    /// tells whether all became durable; so does the next post.
    /// </summary>
    public ValueTask PostAsync(
        string topic, ReadOnlyMemory<EventData> events, CancellationToken cancellation = default) =>
        _ledger.Post(topic, events, cancellation);

    /// <summary>Waits until everything handed over before is durable.</summary>
    /// <returns>A journal position at which all of it can be seen.</returns>
    /// <exception cref="MillraceException">Some of it was refused.</exception>
    public async Task<ulong> FlushAsync(CancellationToken cancellation = default)
    {
        await _ledger.Turn(cancellation).ConfigureAwait(false);
        List<ValueTask<Ack>> tasks = _ledger.Flush(out ulong position);
        Ack[] acks = await Task.WhenAll(tasks.Select(task => task.AsTask()))
            .WaitAsync(cancellation).ConfigureAwait(false);
        return _ledger.TakePostFailure() is { } failure
            ? throw new MillraceException(failure)
            : acks.Aggregate(position, (latest, ack) => Math.Max(latest, ack.Position));
    }

    /// <summary>
    /// The newest ack of a topic. Its sequence is where a replayable source goes on, right after opening too; 0: none
    /// yet.
    /// </summary>
    public Ack LastAck(string topic) => _ledger.LastAck(topic);

    /// <summary>Waits for the acks of what was sent, for a while, and ends the producer.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(_options.CloseWithin, _time);
            await FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MillraceException or OperationCanceledException)
        {
            // Each send's own task tells; a closing producer has nobody else to tell.
        }

        _ledger.Tell((_, effects) => _machine.Close(Closed, effects));
        await _driver.DisposeAsync().ConfigureAwait(false);
    }

    internal static async Task<Producer> OpenAsync(
        Connection connection, ProducerOptions options, CancellationToken cancellation)
    {
        var producer = new Producer(connection, options);
        producer._driver.Start();
        try
        {
            await producer._driver.Opened.WaitAsync(cancellation).ConfigureAwait(false);
            return producer;
        }
        catch
        {
            await producer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
