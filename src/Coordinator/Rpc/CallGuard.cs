using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Coordinator.Logs;

namespace Millrace.Coordinator.Rpc;

/// <summary>
/// Turns what calls throw into statuses: a refusal with its reason, everything unexpected into INTERNAL with an id that
/// is in the log, because details of a fault are not for callers.
/// </summary>
internal sealed class CallGuard(ILogger<CallGuard> log) : Interceptor
{
    private static long _lastCall;

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception error)
        {
            throw StatusOf(error, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requests,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requests, context);
        }
        catch (Exception error)
        {
            throw StatusOf(error, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responses,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responses, context);
        }
        catch (Exception error)
        {
            throw StatusOf(error, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requests,
        IServerStreamWriter<TResponse> responses,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requests, responses, context);
        }
        catch (Exception error)
        {
            throw StatusOf(error, context);
        }
    }

    private RpcException StatusOf(Exception error, ServerCallContext context)
    {
        switch (error)
        {
            case RpcException status:
                return status;
            case RefusalException refused:
                log.CallRefused(context.Method, refused.Refusal.Reason, refused.Refusal.Message);
                return refused.Refusal.ToRpcException();
            case OperationCanceledException or IOException or ConnectionAbortedException
                when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "The caller went away."));
            default:
                string call = $"{Interlocked.Increment(ref _lastCall)}";
                log.CallFailed(error, call, context.Method);
                return new RpcException(new Status(
                    StatusCode.Internal, $"The coordinator failed at this call; its log says more under call {call}."));
        }
    }
}
