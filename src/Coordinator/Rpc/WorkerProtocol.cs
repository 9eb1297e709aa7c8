using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Wire;
using Millrace.Coordinator.Rpc.Queries;
using Millrace.Coordinator.Rpc.Sessions;
using Millrace.Coordinator.Rpc.Snapshots;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc;

/// <summary>The worker protocol without its data stream, which Dispatch serves.</summary>
internal sealed class WorkerProtocol(
    ControlStreams control, WatchStreams watches, AnswerStreams answers, SnapshotTransfers snapshots)
{
    /// <summary>The methods, to be combined with that of the data stream and mapped as one service.</summary>
    public ServerServiceDefinition Define() => ServerServiceDefinition.CreateBuilder()
        .AddMethod(
            MethodOf<SessionRequest, SessionResponse>(MethodType.DuplexStreaming, "Session"),
            (requests, responses, context) => control.RunAsync(requests, responses, context.CancellationToken))
        .AddMethod(
            MethodOf<WatchRequest, WatchResponse>(MethodType.DuplexStreaming, "Watch"),
            (requests, responses, context) => watches.RunAsync(requests, responses, context.CancellationToken))
        .AddMethod(
            MethodOf<AnswerRequest, AnswerResponse>(MethodType.DuplexStreaming, "Answer"),
            (requests, responses, context) => answers.RunAsync(requests, responses, context.CancellationToken))
        .AddMethod(
            MethodOf<PutSnapshotRequest, PutSnapshotResponse>(MethodType.ClientStreaming, "PutSnapshot"),
            (requests, context) => snapshots.PutAsync(requests, context.CancellationToken))
        .AddMethod(
            MethodOf<GetSnapshotRequest, GetSnapshotResponse>(MethodType.ServerStreaming, "GetSnapshot"),
            (request, responses, context) => snapshots.GetAsync(request, responses, context.CancellationToken))
        .Build();

    /// <summary>A method of the worker protocol with generated messages.</summary>
    internal static Method<TRequest, TResponse> MethodOf<TRequest, TResponse>(MethodType type, string name)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        new(
            type,
            WorkerMethods.ServiceName,
            name,
            WireMarshallers.Generated<TRequest>(),
            WireMarshallers.Generated<TResponse>());
}
