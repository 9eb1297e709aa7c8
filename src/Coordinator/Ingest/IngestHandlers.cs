using System.Buffers;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Common.Failpoints;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Intake;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Loop;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Coordinator.Ingest;

/// <summary>The writing half of the ingest service (the reading half serves stored events, see Dispatch).</summary>
internal sealed class IngestHandlers
{
    private readonly IngestParts _parts;
    private long _streams;

    public IngestHandlers(
        IControlLoop loop, IBatchIntake intake, IngestLimits limits, TimeProvider time, ILogger<IngestHandlers> log)
    {
        HotKeys = new HotKeys(time);
        Gates = new IngestGates(limits, time);
        var pool = new BatchPool(limits, Gates.Batches);
        _parts = new IngestParts(loop, intake, Gates, pool, new BatchScanner(limits), HotKeys, limits, log);
    }

    public HotKeys HotKeys { get; }

    public IngestGates Gates { get; }

    /// <summary>The methods, to be combined with those of the reading half and mapped as one service.</summary>
    public ServerServiceDefinition Define()
    {
        // To a client it is the unary call that the proto promises: one message and the end of the stream look the
        // same on the wire. Read here as a stream, a message that is too large can still be refused by name.
        var publishBatch = new Method<OfferedBatch, PublishBatchResponse>(
            MethodType.ClientStreaming,
            IngestMethods.ServiceName,
            IngestMethods.PublishBatch.Name,
            _parts.Pool.Marshaller,
            WireMarshallers.Generated<PublishBatchResponse>());
        var publish = new Method<OfferedBatch, PublishResponse>(
            MethodType.DuplexStreaming,
            IngestMethods.ServiceName,
            IngestMethods.Publish.Name,
            _parts.Pool.Marshaller,
            WireMarshallers.Generated<PublishResponse>());
        var openProducer = new Method<OpenProducerRequest, OpenProducerResponse>(
            MethodType.Unary,
            IngestMethods.ServiceName,
            "OpenProducer",
            WireMarshallers.Generated<OpenProducerRequest>(),
            WireMarshallers.Generated<OpenProducerResponse>());
        return ServerServiceDefinition.CreateBuilder()
            .AddMethod(openProducer, OpenProducerAsync)
            .AddMethod(publish, PublishAsync)
            .AddMethod(publishBatch, PublishBatchAsync)
            .Build();
    }

    internal async Task PublishAsync(
        IAsyncStreamReader<OfferedBatch> requests,
        IServerStreamWriter<PublishResponse> responses,
        ServerCallContext context)
    {
        if (Gates.OpenStream() is { } refusal)
        {
            throw refusal.ToRpcException();
        }

        try
        {
            await new PublishStream((ulong)Interlocked.Increment(ref _streams), _parts)
                .RunAsync(requests, responses, context.CancellationToken);
        }
        finally
        {
            Gates.CloseStream();
        }
    }

    internal async Task<PublishBatchResponse> PublishBatchAsync(
        IAsyncStreamReader<OfferedBatch> requests, ServerCallContext context)
    {
        try
        {
            OfferedBatch batch = await ReadOneAsync(requests, context.CancellationToken);
            PublishBatchResponse answer = await PublishAsync(batch, context.CancellationToken);
            Failpoint.Hit("I5");
            return answer;
        }
        catch (RefusalException refused)
        {
            _parts.Log.BatchRefused(refused.Refusal.Reason, refused.Refusal.Message);
            throw refused.Refusal.ToRpcException();
        }
    }

    /// <summary>Publishes for the coordinator itself, as any producer would.</summary>
    /// <param name="message">A PublishBatchRequest.</param>
    /// <exception cref="RefusalException">Nothing was stored.</exception>
    internal Task<PublishBatchResponse> PublishAsync(ReadOnlySpan<byte> message, CancellationToken cancellation)
    {
        OfferedBatch batch = _parts.Pool.Rent();
        batch.PayloadLength = message.Length;
        batch.Entries.Buffer = ArrayPool<byte>.Shared.Rent(message.Length);
        message.CopyTo(batch.Entries.Buffer);
        return PublishAsync(batch, cancellation);
    }

    private async Task<PublishBatchResponse> PublishAsync(OfferedBatch batch, CancellationToken cancellation)
    {
        if (_parts.Scanner.Scan(batch, _parts.Loop.Routing, new BatchNames()) is { } refusal)
        {
            _parts.Pool.Return(batch);
            throw new RefusalException(refusal);
        }

        _parts.HotKeys.Observe(batch);
        var call = new PublishCall(_parts);
        try
        {
            await Gates.PassAsync(batch, new IntakeFlow(), Gates.MaxCallWait, cancellation);
            batch.StreamId = 0;
            batch.Outcome = call;
            await _parts.Intake.OfferAsync(batch, cancellation);
        }
        catch
        {
            _parts.Pool.Return(batch);
            throw;
        }

        return await call.Answer.WaitAsync(cancellation);
    }

    internal async Task<OpenProducerResponse> OpenProducerAsync(OpenProducerRequest request, ServerCallContext context)
    {
        try
        {
            OpenedProducer opened = await OpenAsync(request, context.CancellationToken);
            var response = new OpenProducerResponse
            {
                ProducerId = opened.ProducerId,
                ProducerEpoch = opened.Epoch,
                Incarnation = _parts.Loop.Incarnation,
                MaxBatchBytes = (uint)_parts.Limits.MaxBatchBytes,
                MaxBatchEvents = (uint)_parts.Limits.MaxBatchEvents,
                MaxEventBytes = (uint)_parts.Limits.MaxEventBytes,
            };
            foreach ((string topic, ulong lastSequence) in opened.Topics)
            {
                response.Topics.Add(
                    new Protocol.Ingest.V1.TopicSequence { Topic = topic, LastSequence = lastSequence });
            }

            return response;
        }
        catch (RefusalException refused)
        {
            throw refused.Refusal.ToRpcException();
        }
    }

    private async Task<OpenedProducer> OpenAsync(OpenProducerRequest request, CancellationToken cancellation)
    {
        await Gates.Opening.EnterAsync(new IntakeFlow(), 1, Gates.MaxCallWait, cancellation);
        try
        {
            return await _parts.Loop.AskAsync<OpenedProducer>(
                call => new OpenProducer(call, request.ProducerId, request.Reset), cancellation);
        }
        finally
        {
            Gates.Opening.Leave(1);
        }
    }

    private async Task<OfferedBatch> ReadOneAsync(
        IAsyncStreamReader<OfferedBatch> requests, CancellationToken cancellation)
    {
        try
        {
            if (!await requests.MoveNext(cancellation))
            {
                throw new RefusalException(IngestRefusals.Malformed("the call carries no message"));
            }

            Failpoint.Hit("I1");
            return requests.Current;
        }
        catch (RpcException tooLarge) when (tooLarge.StatusCode == StatusCode.ResourceExhausted)
        {
            throw new RefusalException(IngestRefusals.BatchTooLarge(_parts.Limits.MaxBatchBytes));
        }
    }
}
