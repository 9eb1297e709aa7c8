using Grpc.Core;
using Grpc.Net.Client;

namespace Millrace.Integration.Tests.Refusals;

/// <summary>Sends bytes that no generated client would write.</summary>
internal sealed class RawCalls(GrpcChannel channel, CancellationToken cancellation)
{
    private const string Ingest = "millrace.ingest.v1.IngestService";

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    private readonly CallInvoker _invoker = channel.CreateCallInvoker();

    public async Task<byte[]> UnaryAsync(string service, string method, byte[] message) =>
        await _invoker.AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, service, method, Bytes, Bytes),
            null,
            new CallOptions(cancellationToken: cancellation),
            message);

    public Task<byte[]> PublishBatchAsync(byte[] message) => UnaryAsync(Ingest, "PublishBatch", message);

    /// <summary>Sends one message on a Publish stream and reads acks until the stream ends.</summary>
    public async Task<byte[]> PublishAsync(byte[] message)
    {
        using AsyncDuplexStreamingCall<byte[], byte[]> call = _invoker.AsyncDuplexStreamingCall(
            new Method<byte[], byte[]>(MethodType.DuplexStreaming, Ingest, "Publish", Bytes, Bytes),
            null,
            new CallOptions(cancellationToken: cancellation));
        await call.RequestStream.WriteAsync(message, cancellation);
        byte[] last = [];
        while (await call.ResponseStream.MoveNext(cancellation))
        {
            last = call.ResponseStream.Current;
        }

        return last;
    }
}
