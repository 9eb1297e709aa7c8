using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;

namespace Millrace.TestKit.FakeCluster;

/// <summary>The ingest service over a <see cref="FakeStore"/>. Every topic has one partition.</summary>
public sealed class FakeIngest(FakeStore store) : IngestService.IngestServiceBase
{
    private const int RunEvents = 100;

    public override Task<OpenProducerResponse> OpenProducer(OpenProducerRequest request, ServerCallContext context) =>
        Task.FromResult(store.Open(request.ProducerId));

    public override async Task Publish(
        IAsyncStreamReader<PublishRequest> requestStream,
        IServerStreamWriter<PublishResponse> responseStream,
        ServerCallContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(
            store.StreamsOfNow, context.CancellationToken);
        try
        {
            while (await requestStream.MoveNext(ended.Token))
            {
                (PublishResponse ack, bool breakNow) = store.Publish(requestStream.Current);
                if (breakNow)
                {
                    throw Broken();
                }

                await store.AcksMayGo.WaitAsync(ended.Token);
                await responseStream.WriteAsync(ack);
            }
        }
        catch (RefusalException refused)
        {
            throw refused.Refusal.ToRpcException();
        }
        catch (OperationCanceledException)
        {
            throw Broken();
        }
    }

    public override async Task Read(
        ReadRequest request, IServerStreamWriter<ReadResponse> responseStream, ServerCallContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(
            store.StreamsOfNow, context.CancellationToken);
        int offset = (int)request.Offset;
        int end = request.MaxEvents == 0 ? int.MaxValue : offset + (int)request.MaxEvents;
        while (offset < end)
        {
            Task changed = store.Changed;
            (IReadOnlyList<Event> events, ulong position) = store.Read(
                    request.Topic, offset, Math.Min(RunEvents, end - offset))
                ?? throw new Refusal(RefusalKind.NotFound, "NO_SUCH_TOPIC", "No such topic.").ToRpcException();
            if (events.Count > 0)
            {
                var run = new ReadResponse { FirstOffset = (ulong)offset, Position = position };
                run.Events.AddRange(events);
                await responseStream.WriteAsync(run);
                offset += events.Count;
            }
            else if (!request.Follow)
            {
                return;
            }
            else
            {
                await WaitAsync(changed, ended.Token);
            }
        }
    }

    private static async Task WaitAsync(Task changed, CancellationToken ended)
    {
        try
        {
            await changed.WaitAsync(ended);
        }
        catch (OperationCanceledException)
        {
            throw Broken();
        }
    }

    private static RpcException Broken() => new(new Status(StatusCode.Unavailable, "The fake breaks the stream."));
}
