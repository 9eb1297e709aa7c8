using Microsoft.Extensions.Logging;
using Millrace.Client.Connecting;
using Millrace.Client.Core;
using Millrace.Client.Errors;
using Millrace.Client.Logs;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Client.Producing;

/// <summary>
/// Carries out what the producer's machine decides: opens, keeps one stream for each topic, wakes it in time.
/// </summary>
internal sealed class ProducerDriver : IProducerPort, IAsyncDisposable
{
    private static readonly TimeSpan _openDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _endWithin = TimeSpan.FromSeconds(2);

    private readonly SendLedger _ledger;
    private readonly ProducerMachine _machine;
    private readonly ProducerPolicy _policy;
    private readonly Connection _connection;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly WakeSignal _signal = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Dictionary<ProducerLane, PublishStream> _streams = [];
    private OpenProducer? _toOpen;
    private Task _run = Task.CompletedTask;

    public ProducerDriver(SendLedger ledger, ProducerMachine machine, ProducerPolicy policy, Connection connection)
    {
        _ledger = ledger;
        _machine = machine;
        _policy = policy;
        _connection = connection;
        _log = connection.Options.LoggerFactory.CreateLogger("Millrace.Client.Producer");
        _timer = connection.Options.TimeProvider.CreateTimer(
            static driver => ((ProducerDriver)driver!)._signal.Set(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Done when the producer is open for the first time; failed when it never will be.</summary>
    public Task Opened => _ready.Task;

    public void Start()
    {
        _run = Task.Run(RunAsync);
        _ledger.Start(this);
    }

    public void Send(SendBatch send)
    {
        lock (_gate)
        {
            if (!_streams.TryGetValue(send.Lane, out PublishStream? stream))
            {
                int capacity = _policy.MaxInFlightBatches + 1;
                stream = new PublishStream(_ledger, _machine, _connection.Invoker, send.Attempt, send.Lane, capacity);
                _streams.Add(send.Lane, stream);
            }

            stream.Send(send.Batch);
        }
    }

    public void Open(OpenProducer open)
    {
        lock (_gate)
        {
            _toOpen = open;
        }

        _signal.Set();
    }

    public void Ready(ProducerReady ready)
    {
        _log.ProducerOpened(ready.ProducerId, ready.Epoch);
        _ready.TrySetResult();
    }

    public void Waits(ProducerWaits waits) =>
        _log.ProducerWaits(_machine.ProducerId, waits.Why.Reason, waits.Why.Message, waits.RetryIn.TotalMilliseconds);

    public void Refused(TopicFailed failed) =>
        _log.TopicRefused(failed.Lane.Topic, failed.Why.Reason, failed.Why.Message);

    public void Failed(ProducerFailed failed)
    {
        if (!_ready.TrySetException(new MillraceException(failed.Why)) && failed.Why != Producer.Closed)
        {
            _log.ProducerFailed(_machine.ProducerId, failed.Why.Reason, failed.Why.Message);
        }
    }

    public void WakeAt(TimeSpan? due)
    {
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        if (due is { } at)
        {
            // Timers count whole milliseconds; a millisecond late is better than one too early.
            wait = TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((at - _ledger.Now).TotalMilliseconds)));
        }

        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends the streams, at first by letting the coordinator answer what it has got.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        List<PublishStream> streams = TakeStreams();
        streams.ForEach(stream => stream.Complete());
        Task ended = Task.WhenAll(streams.Select(stream => stream.Ended));
        await Task.WhenAny(ended, Task.Delay(_endWithin, _connection.Options.TimeProvider)).ConfigureAwait(false);
        streams.ForEach(stream => stream.Cancel());
        await ended.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _signal.WaitAsync(_stop.Token).ConfigureAwait(false);
                if (TakeOpen() is { } open)
                {
                    await EndStreamsAsync().ConfigureAwait(false);
                    await OpenAsync(open).ConfigureAwait(false);
                }

                _ledger.Wake();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task OpenAsync(OpenProducer open)
    {
        try
        {
            if (open.Attempt > 1)
            {
                _connection.Refresh();
            }

            var client = new IngestService.IngestServiceClient(_connection.Invoker);
            var request = new OpenProducerRequest { ProducerId = open.ProducerId };
            DateTime deadline = _connection.Options.TimeProvider.GetUtcNow().UtcDateTime + _openDeadline;
            OpenProducerResponse response = await client
                .OpenProducerAsync(request, null, deadline, _stop.Token).ConfigureAwait(false);
            OpenedFacts facts = Facts(response);
            _ledger.Tell((now, effects) => _machine.Opened(open.Attempt, facts, now, effects));
        }
        catch (Exception e)
        {
            _stop.Token.ThrowIfCancellationRequested();
            Refusal why = RpcErrors.Refusal(e);
            _ledger.Tell((now, effects) => _machine.OpenFailed(open.Attempt, why, now, effects));
        }
    }

    private async Task EndStreamsAsync()
    {
        List<PublishStream> streams = TakeStreams();
        streams.ForEach(stream => stream.Cancel());
        await Task.WhenAll(streams.Select(stream => stream.Ended)).ConfigureAwait(false);
    }

    private static OpenedFacts Facts(OpenProducerResponse response)
    {
        Dictionary<string, ulong> durable = response.Topics.ToDictionary(t => t.Topic, t => t.LastSequence);
        return new OpenedFacts(response.ProducerId, response.ProducerEpoch, durable)
        {
            MaxBatchBytes = Limit(response.MaxBatchBytes),
            MaxBatchEvents = Limit(response.MaxBatchEvents),
            MaxEventBytes = Limit(response.MaxEventBytes),
        };
    }

    private static int Limit(uint said) => said is 0 or > int.MaxValue ? int.MaxValue : (int)said;

    private List<PublishStream> TakeStreams()
    {
        lock (_gate)
        {
            List<PublishStream> streams = [.. _streams.Values];
            _streams.Clear();
            return streams;
        }
    }

    private OpenProducer? TakeOpen()
    {
        lock (_gate)
        {
            OpenProducer? open = _toOpen;
            _toOpen = null;
            return open;
        }
    }
}
