using Grpc.Core;

namespace Millrace.Client.Connecting;

/// <summary>Plain calls to one service.</summary>
/// <param name="open">The service's generated client, which costs nothing to make.</param>
internal sealed class ServiceCalls<TService>(UnaryCalls calls, Func<CallInvoker, TService> open)
{
    /// <inheritdoc cref="UnaryCalls.CallAsync"/>
    public Task<T> CallAsync<T>(
        Func<TService, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellation) =>
        calls.CallAsync((invoker, options) => call(open(invoker), options), cancellation);
}
